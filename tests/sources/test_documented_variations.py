"""Forms of items that networks document beside the usual ones: what a person sees of each.

Synthetic, from the documentation: Threads (media-retrieval, text-attachments, polls), Reddit (the shapes of galleries,
posts that are posted on, polls and GIFs), Discourse (what `cooked` makes of uploads), Bluesky (lexicons app.bsky.embed
and app.bsky.graph.defs), Facebook (Page Post attachments), X (tweet fields), YouTube (comments), TikTok (messages),
LinkedIn (comments), Instagram (IG Media), WordPress (comments).
"""

from __future__ import annotations

from typing import Any

import pytest

from cminbox.errors import DataError
from cminbox.model import Message
from cminbox.sources.contract import Account
from cminbox.sources.networks import (
    bluesky,
    facebook,
    instagram,
    linkedin,
    reddit,
    threads,
    tiktok,
    wordpress,
    x,
    youtube,
)
from cminbox.sources.networks.discourse.post import parse as discourse_parse
from cminbox.sources.networks.tiktok.parse import Talk
from cminbox.sources.networks.tiktok.parse import parse as tiktok_parse

NOW = 1_764_000_000_000
WHEN = "2025-11-01T10:00:00+0000"
SECONDS = 1_761_990_000


def account(network: str, own: str = "us", base_url: str = "") -> Account:
    return Account("shop", network, base_url, account_id=own)


def seen(message: Message) -> list[tuple[str, str, str, bool]]:
    """Kind, address, words and whether it is gone, of each attachment."""
    return [(each.kind, each.address, each.alt, each.gone) for each in message.attachments]


# Threads


def on_threads(**more: Any) -> Message:
    raw = {"id": "17", "timestamp": WHEN, "username": "ana", "media_type": "TEXT_POST", **more}
    return threads.parse(raw, account("threads"), fetched_at=NOW)


def test_the_long_text_that_hangs_on_a_threads_reply_is_read() -> None:
    long = {"plaintext": "and this is the whole story", "link_attachment_url": "https://a.test/story"}
    got = on_threads(text="It broke again", text_attachment=long, link_attachment_url="https://a.test/order")
    assert got.text == "It broke again\nand this is the whole story"
    assert [each.address for each in got.attachments] == ["https://a.test/order", "https://a.test/story"]
    # A link that stands in the text is not shown twice.
    assert not on_threads(text="see https://a.test/x", link_attachment_url="https://a.test/x").attachments


def test_each_picture_of_a_threads_carousel_is_shown() -> None:
    children = [
        {"id": "1", "media_type": "IMAGE", "media_url": "https://c.test/1.jpg", "alt_text": "the box"},
        {"id": "2", "media_type": "VIDEO", "thumbnail_url": "https://c.test/2.jpg"},
        {"id": "3"},
        None,
    ]
    got = on_threads(media_type="CAROUSEL_ALBUM", children={"data": children})
    assert seen(got) == [
        ("picture", "https://c.test/1.jpg", "the box", False),
        ("film", "https://c.test/2.jpg", "", False),
    ]
    # Only their ids: the cover stands for them.
    got = on_threads(media_type="CAROUSEL_ALBUM", media_url="https://c.test/0.jpg", children={"data": [{"id": "1"}]})
    assert [each.address for each in got.attachments] == ["https://c.test/0.jpg"]


def test_what_a_threads_poll_asks_is_read() -> None:
    poll = {"option_a": "red", "option_b": "blue", "option_c": "", "option_d": None, "expiration_timestamp": WHEN}
    assert on_threads(text="Which one?", poll_attachment=poll).text == "Which one?\n- red\n- blue"


@pytest.mark.parametrize("junk", [None, 7, "x", [], {}, {"data": 7}, {"data": [7]}, {"plaintext": 7}])
def test_anything_else_there_costs_a_threads_reply_nothing(junk: Any) -> None:
    got = on_threads(text="hi", text_attachment=junk, poll_attachment=junk, children=junk, link_attachment_url=junk)
    assert (got.text, got.attachments) == ("hi", ())


# Reddit


def on_reddit(kind: str = "t3", **more: Any) -> Message:
    data = {
        **{"id": "p", "name": f"{kind}_p", "author": "ana", "created_utc": float(SECONDS), "subreddit": "home"},
        **{"permalink": "/r/home/comments/p/x/", **({"title": "Look"} if kind == "t3" else {"body": "look"})},
        **more,
    }
    return reddit.parse({"kind": kind, "data": data}, account("reddit"), fetched_at=NOW)


def picture(own: str, **more: Any) -> dict[str, Any]:
    return {
        "status": "valid",
        "e": "Image",
        "m": "image/jpg",
        "s": {"u": f"https://i.test/{own}.jpg"},
        "id": own,
        **more,
    }


def test_a_gallery_is_in_its_order_with_its_captions() -> None:
    items = [{"media_id": "b", "caption": "the crack", "id": 2}, {"media_id": "a", "id": 1}, {"media_id": "gone"}]
    media = {"a": picture("a"), "b": picture("b"), "gone": {"status": "failed"}}
    got = on_reddit(
        is_gallery=True, gallery_data={"items": items}, media_metadata=media, url="https://www.reddit.com/gallery/p"
    )
    assert seen(got) == [
        ("picture", "https://i.test/b.jpg", "the crack", False),
        ("picture", "https://i.test/a.jpg", "", False),
        ("picture", "", "", True),
    ]


def test_a_post_that_is_posted_on_says_what_the_first_says() -> None:
    first = {"selftext": "My kettle leaks", "is_self": True, "author": "bo", "name": "t3_o", "title": "Leak"}
    got = on_reddit(selftext="", is_self=False, url="/r/tea/comments/o/leak/", crosspost_parent_list=[first])
    assert (got.text, got.title, got.author.handle) == ("My kettle leaks", "Look", "ana")
    shown = {"gallery_data": {"items": [{"media_id": "a"}]}, "media_metadata": {"a": picture("a")}, "selftext": ""}
    got = on_reddit(selftext="", crosspost_parent_list=[shown], url="https://www.reddit.com/gallery/o")
    assert [each.address for each in got.attachments] == ["https://i.test/a.jpg"]


def test_what_a_reddit_poll_asks_is_read() -> None:
    poll = {"options": [{"id": "1", "text": "red"}, {"id": "2", "text": "blue"}, None, {}], "total_vote_count": 3}
    assert on_reddit(selftext="Which one?", is_self=True, poll_data=poll).text == "Which one?\n- red\n- blue"


def test_a_gif_in_a_comment_is_a_picture() -> None:
    shown = {
        "e": "AnimatedImage",
        "m": "image/gif",
        "s": {"gif": "https://g.test/a.gif", "mp4": "https://g.test/a.mp4"},
    }
    got = on_reddit("t1", body="![gif](giphy|abc)", media_metadata={"giphy|abc": {"status": "valid", **shown}})
    assert seen(got) == [("picture", "https://g.test/a.gif", "", False)]


@pytest.mark.parametrize("junk", [None, 7, "x", [], [None], {}, {"items": None}, {"items": [7]}, {"options": 7}])
def test_anything_else_there_costs_a_reddit_post_nothing(junk: Any) -> None:
    got = on_reddit(
        selftext="hi", is_self=True, gallery_data=junk, media_metadata=junk, crosspost_parent_list=junk, poll_data=junk
    )
    assert (got.text, got.attachments) == ("hi", ())


# Discourse


def on_discourse(raw: str | None, cooked: str, **more: Any) -> Message:
    item = {"id": 5, "topic_id": 3, "post_number": 2, "created_at": "2025-11-01T10:00:00.000Z", "username": "ana"}
    shown = {**item, "user_id": 9, "cooked": cooked, **({} if raw is None else {"raw": raw}), **more}
    return discourse_parse(shown, account("discourse", "1", "https://forum.test"), fetched_at=NOW)


def test_the_pictures_and_files_of_a_forums_post_are_shown_beside_its_text() -> None:
    raw = (
        "It broke :cry:\n![crack|690x388](upload://aB1.png)\n\n"
        "[report.pdf|attachment](upload://c2.pdf) (12.3 KB)\n[site](https://a.test)"
    )
    cooked = (
        '<p>It broke <img src="https://forum.test/images/emoji/cry.png?v=12" title=":cry:" class="emoji" alt=":cry:">'
        '<br><div class="lightbox-wrapper"><a class="lightbox" href="//cdn.test/o/aB1.png">'
        '<img src="/uploads/default/optimized/aB1_2_690x388.png" alt="crack" width="690" height="388"></a></div></p>'
        '<p><a class="attachment" href="/uploads/short-url/c2.pdf">report.pdf</a> (12.3 KB)</p>'
    )
    got = on_discourse(raw, cooked)
    assert got.text.split() == ["It", "broke", ":cry:", "[site](https://a.test)"]
    assert seen(got) == [
        ("picture", "https://forum.test/uploads/default/optimized/aB1_2_690x388.png", "crack", False),
        ("file", "https://forum.test/uploads/short-url/c2.pdf", "report.pdf", False),
    ]


def test_what_a_forums_post_quotes_or_links_to_brings_no_pictures_of_its_own() -> None:
    cooked = (
        '<aside class="quote no-group" data-username="bo"><div class="title"><img class="avatar" src="/a.png"></div>'
        '<blockquote><p><img src="/uploads/theirs.png" alt="theirs"></p></blockquote></aside><p>Same here</p>'
        '<aside class="onebox"><img src="https://a.test/preview.png" class="thumbnail"></aside>'
        '<div><video width="100%" preload="metadata" controls><source src="https://cdn.test/film.mp4"></video></div>'
    )
    assert seen(on_discourse("Same here", cooked)) == [("film", "https://cdn.test/film.mp4", "", False)]


def test_a_forums_post_that_is_a_picture_alone_is_one() -> None:
    got = on_discourse("![a|1x2](upload://x.png)", '<p><img src="//cdn.test/x.png" alt="a"></p>')
    assert (got.text, [each.address for each in got.attachments]) == ("", ["https://cdn.test/x.png"])
    # Where the forum shows no picture the text says that there is one.
    assert on_discourse("![a|1x2](upload://x.png)", "<p></p>").text == "![a|1x2](upload://x.png)"


@pytest.mark.parametrize(
    "cooked",
    [
        '<img src="//[bad">',
        "<img src=",
        '<a class="attachment">x</a>',
        "<aside>" * 300,
        '<img src="javascript:x">',
        "<" * 9000,
    ],
)
def test_no_markup_costs_a_forums_post_anything(cooked: str) -> None:
    got = on_discourse("hi", cooked)
    assert (got.text, got.attachments) == ("hi", ())


# Bluesky


def quoting(view: dict[str, Any]) -> Message:
    raw = {
        **{"uri": "at://did:plc:ana/app.bsky.feed.post/3k2aaaaaaaaaa", "cid": "c", "indexedAt": WHEN},
        **{"author": {"did": "did:plc:ana", "handle": "ana.test"}, "record": {"text": "see", "createdAt": WHEN}},
        "embed": {"$type": "app.bsky.embed.record#view", "record": view},
    }
    return bluesky.parse(raw, account("bluesky", "did:plc:us"), fetched_at=NOW)


@pytest.mark.parametrize(
    ("view", "address", "words", "gone"),
    [
        (
            {
                "$type": "app.bsky.graph.defs#starterPackViewBasic",
                "uri": "at://did:plc:bo/app.bsky.graph.starterpack/3k",
                "record": {"name": "Tea people"},
                "creator": {"handle": "bo.test"},
            },
            "https://bsky.app/starter-pack/did:plc:bo/3k",
            "@bo.test: Tea people",
            False,
        ),
        (
            {
                "$type": "app.bsky.feed.defs#generatorView",
                "uri": "at://did:plc:bo/app.bsky.feed.generator/tea",
                "displayName": "Tea feed",
                "creator": {"handle": "bo.test"},
            },
            "https://bsky.app/profile/did:plc:bo/feed/tea",
            "@bo.test: Tea feed",
            False,
        ),
        (
            {"$type": "app.bsky.graph.defs#listView", "uri": "at://did:plc:bo/app.bsky.graph.list/3l", "name": "Shops"},
            "https://bsky.app/profile/did:plc:bo/lists/3l",
            "Shops",
            False,
        ),
        (
            {
                "$type": "app.bsky.embed.record#viewDetached",
                "uri": "at://did:plc:bo/app.bsky.feed.post/3m",
                "detached": True,
            },
            "https://bsky.app/profile/did:plc:bo/post/3m",
            "a quoted post",
            True,
        ),
        (
            {
                "$type": "app.bsky.embed.record#viewBlocked",
                "uri": "at://did:plc:bo/app.bsky.feed.post/3m",
                "author": {},
            },
            "https://bsky.app/profile/did:plc:bo/post/3m",
            "a quoted post",
            True,
        ),
        (
            {"$type": "app.bsky.labeler.defs#labelerView", "uri": "at://did:plc:bo/app.bsky.labeler.service/self"},
            "",
            "a quoted post",
            False,
        ),
    ],
    ids=["starter pack", "feed", "list", "detached", "blocked", "labeler"],
)
def test_what_a_post_quotes_is_named(view: dict[str, Any], address: str, words: str, gone: bool) -> None:
    assert seen(quoting(view)) == [("file", address, words, gone)]


# Facebook


def test_each_picture_of_an_album_is_shown() -> None:
    def shown(number: int) -> dict[str, Any]:
        return {
            "type": "photo",
            "media": {"image": {"src": f"https://f.test/{number}.jpg"}},
            "description": f"no {number}",
        }

    album = {"type": "album", "media": {"image": {"src": "https://f.test/1.jpg"}}, "title": "Photos from Ana's post"}
    raw = {"id": "1_2", "created_time": WHEN, "message": "Look", "from": {"id": "9", "name": "Ana"}, "status_type": "x"}
    listed = {"data": [{**album, "subattachments": {"data": [shown(1), shown(2), None]}}]}
    got = facebook.parse({**raw, "attachments": listed}, account("facebook"), context="post", fetched_at=NOW)
    assert seen(got) == [
        ("picture", "https://f.test/1.jpg", "no 1", False),
        ("picture", "https://f.test/2.jpg", "no 2", False),
    ]
    for junk in (None, 7, [], {"data": 7}, {"data": [None]}):
        listed = {"data": [{**album, "subattachments": junk}]}
        got = facebook.parse({**raw, "attachments": listed}, account("facebook"), context="post", fetched_at=NOW)
        assert [each.address for each in got.attachments] == ["https://f.test/1.jpg"]


def test_a_facebook_comment_that_is_a_sticker_alone_is_one() -> None:
    sticker = {"type": "sticker", "media": {"image": {"src": "https://f.test/s.png"}}, "title": "thumbs up"}
    raw = {"id": "1_3", "created_time": WHEN, "message": "", "attachment": sticker}
    got = facebook.parse(raw, account("facebook"), fetched_at=NOW)
    assert (got.text, seen(got)) == ("", [("picture", "https://f.test/s.png", "thumbs up", False)])
    assert got.author.id == "unknown:1_3"


# Instagram


@pytest.mark.parametrize(
    ("kind", "shown"), [("CAROUSEL_ALBUM", "picture"), ("VIDEO", "film"), ("IMAGE", "picture"), ("NEW_KIND", "picture")]
)
def test_what_tags_us_on_instagram_without_its_picture_is_there(kind: str, shown: str) -> None:
    """`media_url` is left out where something in it is under copyright."""
    raw = {"id": "5", "timestamp": WHEN, "caption": None, "media_type": kind, "username": "ana"}
    got = instagram.parse(raw, account("instagram"), context="tag", handle="shop", fetched_at=NOW)
    assert (got.title, seen(got)) == ("Tagged you", [(shown, "", "", True)])


# X


def test_a_post_of_which_only_what_is_always_there_came() -> None:
    """`id`, `text` and `edit_history_tweet_ids` alone come without being asked for."""
    raw = {"id": "9", "text": "@shop why?", "edit_history_tweet_ids": ["9"]}
    got = x.parse({"data": raw}, account("x"), fetched_at=NOW)
    assert (got.author.id, got.created_at, got.text) == ("unknown:9", NOW, "@shop why?")


def test_an_x_post_that_is_withheld_somewhere_with_media_that_did_not_come_along() -> None:
    raw = {
        **{"id": "9", "text": "see https://t.co/a", "author_id": "4", "created_at": "2025-11-01T10:00:00.000Z"},
        **{
            "withheld": {"copyright": False, "country_codes": ["DE"]},
            "attachments": {"media_keys": ["3_1", "7_2", None]},
        },
        "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": "https://a.test/b", "unwound_url": "not one"}]},
    }
    errors = [{"resource_type": "user", "detail": "User has been suspended", "value": "4"}]
    got = x.parse({"data": raw, "errors": errors}, account("x"), fetched_at=NOW)
    assert (got.text, got.author.id, got.author.handle) == ("see https://a.test/b", "4", "")
    assert [each.kind for each in got.attachments] == ["picture", "film"]


# YouTube


def test_a_youtube_comment_of_a_channel_that_is_gone_below_no_film() -> None:
    snippet = {"textDisplay": 'a &amp; b<br>c <a href="https://a.test/x">https://a.test/x</a>', "publishedAt": WHEN}
    raw = {"id": "Ug1", "snippet": {**snippet, "channelId": "UCus", "authorDisplayName": "", "authorChannelId": {}}}
    got = youtube.parse(raw, account("youtube", "UCus"), fetched_at=NOW)
    assert (got.text, got.author.id, got.post, got.url) == ("a & b\nc https://a.test/x", "unknown:Ug1", None, "")
    assert got.answerable


def test_a_youtube_handle_in_any_letters() -> None:
    snippet = {
        "textOriginal": "hi",
        "publishedAt": WHEN,
        "authorDisplayName": "@чай-дома",
        "authorChannelId": {"value": "UC1"},
    }
    got = youtube.parse({"id": "Ug1", "snippet": snippet}, account("youtube"), fetched_at=NOW)
    assert (got.author.id, got.author.handle) == ("UC1", "чай-дома")


# TikTok


@pytest.mark.parametrize(
    ("more", "text", "attachments"),
    [
        ({"message_type": "STICKER", "sticker": {"url": "https://t.test/s.webp"}}, "", ["https://t.test/s.webp"]),
        ({"message_type": "IMAGE", "image": None}, "", [""]),
        ({"message_type": "SHARE_POST", "share_post": {"embed_url": "https://t.test/v"}}, "", ["https://t.test/v"]),
        ({"message_type": "SOMETHING_NEW"}, "(something_new that is shown in TikTok alone)", []),
        ({}, "(a message that is shown in TikTok alone)", []),
    ],
)
def test_a_private_message_on_tiktok_of_any_kind(more: dict[str, Any], text: str, attachments: list[str]) -> None:
    raw = {"message_id": 7 * 10**18, "timestamp": SECONDS * 1000, "from_user": {"id": "9"}, **more}
    got = tiktok_parse(raw, account("tiktok"), talk=Talk("c", {}, "us"), fetched_at=NOW)
    assert (got.id, got.text, [each.address for each in got.attachments]) == (str(7 * 10**18), text, attachments)


def test_a_tiktok_comment_of_somebody_who_is_gone() -> None:
    raw = {
        "comment_id": "7",
        "video_id": "v",
        "text": "hi",
        "create_time": str(SECONDS),
        "user_id": "",
        "username": None,
    }
    got = tiktok.parse(raw, account("tiktok"), fetched_at=NOW)
    assert (got.author.id, got.author.handle) == ("unknown:7", "")


# LinkedIn


def test_a_linkedin_comment_with_names_and_a_picture_alone() -> None:
    own = "urn:li:comment:(urn:li:activity:1,2)"
    made = {"actor": "urn:li:person:9", "time": SECONDS * 1000}
    content = [
        {"type": "IMAGE", "entity": {"image": "urn:li:image:1"}, "url": "https://l.test/a"},
        {"type": "ARTICLE"},
        7,
    ]
    raw = {"$URN": own, "id": "2", "object": "urn:li:activity:1", "created": made, "message": {"attributes": []}}
    got = linkedin.parse({**raw, "content": content}, account("linkedin"), fetched_at=NOW)
    assert (got.text, [(each.kind, each.address) for each in got.attachments]) == (
        "",
        [("picture", "https://l.test/a"), ("file", "")],
    )
    with pytest.raises(DataError):
        linkedin.parse({**raw, "content": []}, account("linkedin"), fetched_at=NOW)


# WordPress


@pytest.mark.parametrize(
    "more",
    [
        {"status": "hold", "author": None, "author_name": None, "author_avatar_urls": False, "_embedded": []},
        {"status": "0", "author": 0, "author_avatar_urls": [], "_embedded": {"up": [{"code": "rest_post_invalid_id"}]}},
        {"status": "unapproved", "author_url": "javascript:x", "link": "", "meta": [], "_embedded": {"up": None}},
    ],
)
def test_a_wordpress_comment_that_hides_what_it_can(more: dict[str, Any]) -> None:
    raw = {"id": 4, "post": 3, "parent": 0, "date_gmt": "2025-11-01T10:00:00", "content": {"rendered": "<p>hi</p>"}}
    got = wordpress.parse({**raw, **more}, account("wordpress", "1", "https://b.test"), fetched_at=NOW)
    assert (got.text, got.author.id, got.held) == ("hi", "unknown:4", True)
