"""What feeds say, read as it was written: titles, texts, pictures, authors, encodings, links."""

from __future__ import annotations

import json
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.errors import DataError, Retryable
from cminbox.model import Message, from_iso
from cminbox.sources.contract import Account
from cminbox.sources.networks import feed
from cminbox.sources.networks.feed.entries import read_entries
from cminbox.sources.xml_text import decoded, mended

NOW = from_iso("2026-11-27T12:00:00Z")
ACCOUNT = Account("blog", "feed", "https://shop.example/feeds/all.xml")


def read(body: str | bytes, content_type: str = "application/xml") -> list[Message]:
    """The messages of a feed; entries that are none are left out."""
    raw = body.encode() if isinstance(body, str) else body
    found = []
    for entry in read_entries(raw, content_type, ACCOUNT.base_url, []):
        try:
            found.append(feed.parse(entry, ACCOUNT, fetched_at=NOW))
        except DataError:
            continue
    return found


def atom(*entries: str, head: str = "", attributes: str = "") -> str:
    inner = "".join(
        f"<entry><id>urn:{n}</id><updated>2026-11-26T10:00:00Z</updated>{each}</entry>"
        for n, each in enumerate(entries)
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"{attributes}><title>t</title>'
        f"<id>urn:f</id><updated>2026-11-26T10:00:00Z</updated>{head}{inner}</feed>"
    )


def rss(*items: str, head: str = "") -> str:
    inner = "".join(f'<item><guid isPermaLink="false">{n}</guid>{each}</item>' for n, each in enumerate(items))
    return f'<rss version="2.0"><channel><title>t</title>{head}{inner}</channel></rss>'


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ('<title type="text">use std::vec&lt;int&gt; now</title>', "use std::vec<int> now"),
        ('<title type="html">use std::vec&lt;int&gt; now</title>', "use std::vec<int> now"),
        ('<title type="html">use std::vec&amp;lt;int&amp;gt; &lt;b&gt;now&lt;/b&gt;</title>', "use std::vec<int> now"),
        ('<title type="html"><![CDATA[a &lt;b&gt; <i>c</i>]]></title>', "a <b> c"),
        ('<title type="text"><![CDATA[a <b> c & d]]></title>', "a <b> c & d"),
        ('<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a &lt;b&gt; <b>c</b></div></title>', "a <b> c"),
        ("<title>Guide to &lt;head&gt; elements</title>", "Guide to <head> elements"),
        ("<title>&lt;![CDATA[Hello]]&gt;</title>", "Hello"),
        ("<title>AT&amp;amp;T</title>", "AT&amp;T"),  # what is declared as text has no entities
        ("<title>  one \n\t two   three </title>", "one two three"),
        ("<title>a &copy; b &nbsp; c &unknown; d & e</title>", "a © b c &unknown; d & e"),
    ],
)
def test_an_atom_title_is_read_by_its_declared_type(title: str, shown: str) -> None:
    [message] = read(atom(f"{title}<content>x</content>"))
    assert message.title == shown


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("use std::vec&lt;int&gt; now", "use std::vec<int> now"),
        ("use &lt;code&gt;vec&lt;int&gt;&lt;/code&gt; now", "use <code>vec<int></code> now"),
        ("a &lt;b&gt;bold&lt;/b&gt; one", "a bold one"),
        ("AT&amp;amp;T", "AT&T"),
        ("<![CDATA[Tom & Jerry <3]]>", "Tom & Jerry <3"),
        ("Guide to &lt;head&gt; elements", "Guide to <head> elements"),
        ("2 &lt; 3 and 5 &gt; 4", "2 < 3 and 5 > 4"),
    ],
)
def test_an_rss_title_is_html_only_where_it_surely_is(title: str, shown: str) -> None:
    [message] = read(rss(f"<title>{title}</title><description>x</description>"))
    assert message.title == shown


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=60))
def test_no_letter_of_a_plain_title_is_lost(title: str) -> None:
    from cminbox.text import clean, one_line

    shown = one_line(clean(title))
    if not shown or "CDATA" in title:
        return
    [entry] = read_entries(
        atom(f'<title type="text">{escape(title)}</title><content>x</content>').encode(), "", ACCOUNT.base_url, []
    )
    # feedparser mends text that was decoded twice; such letters in a row are no title that people write.
    if entry.title == title.strip():
        assert feed.parse(entry, ACCOUNT, fetched_at=NOW).title == one_line(clean(title.strip(), 500))


def test_the_feeds_author_wrote_what_names_none() -> None:
    body = atom(
        "<title>a</title><content>x</content>",
        "<title>b</title><content>x</content><author><name>Bo</name></author>",
        "<title>c</title><content>x</content><source><author><name>Cy</name></author></source>",
        head="<author><name>Ana Roe</name><uri>https://ana.example/</uri></author>",
    )
    assert [(m.author.name, m.author.id) for m in read(body)] == [
        ("Ana Roe", "https://ana.example/"),
        ("Bo", "Bo"),
        ("Cy", "Cy"),
    ]
    [message] = read(rss("<description>x</description>", head="<managingEditor>ana@ex.org (Ana Roe)</managingEditor>"))
    assert message.author.name == "Ana Roe"
    raw = {
        "version": "https://jsonfeed.org/version/1.1",
        "authors": [{"name": "Ana Roe"}],
        "items": [{"id": "1", "content_text": "x"}, {"id": "2", "content_text": "x", "authors": [{}]}],
    }
    assert {m.author.name for m in read(json.dumps(raw))} == {"Ana Roe"}


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("ana@shop.photography (Ana Roe)", "Ana Roe"),
        ("Ana Roe &lt;ana@shop.photography&gt;", "Ana Roe"),
        ("ana@shop.com (Ana Roe)", "Ana Roe"),
        ("ana@shop.photography", "ana@shop.photography"),
        ("ana@shop.com", "ana@shop.com"),
        ("Ana Roe (Shop)", "Ana Roe (Shop)"),
    ],
)
def test_a_mail_address_beside_an_authors_name_is_left_out(said: str, name: str) -> None:
    assert [m.author.name for m in read(rss(f"<title>a</title><author>{said}</author>"))] == [name]
    head = f"<managingEditor>{said}</managingEditor>"
    assert [m.author.name for m in read(rss("<title>a</title>", head=head))] == [name]


def test_of_several_authors_the_first_wrote_it() -> None:
    authors = "<author><name>Ana</name><uri>https://ana.example/</uri></author><author><name>Bo</name></author>"
    (message,) = read(atom(f"<title>a</title><content>x</content>{authors}"))
    assert (message.author.name, message.author.url) == ("Ana", "https://ana.example/")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('<img src="https://shop.example/broken-teapot.jpg">', "▣ picture: broken-teapot.jpg"),
        ('<p><img src="/a.png" alt="A broken  teapot"></p>', "▣ picture: A broken teapot"),
        ('<a href="/a"><img src=a.png alt="one"></a><img src=b.png>', "▣ picture: one\n▣ picture: b.png"),
        ('<img src="https://t.example/p.gif" width="1" height="1">', ""),
        ('<p>hello <img src=x.png alt=":blob:"></p>', "hello :blob:"),
        ('<figure><img data-src="/a.png" alt="The pot"><figcaption></figcaption></figure>', "▣ picture: The pot"),
        ('<picture><source srcset="/b.webp"><img srcset="/c.png 2x"></picture>', "▣ picture: c.png"),
        ('<video src="/film.mp4" controls></video>', "▣ film: film.mp4"),
        ('<audio src="/a.ogg"></audio><embed src="/b.mp4">', "▣ sound: a.ogg\n▣ film: b.mp4"),
        ('<iframe src="https://tube.example/embed/x" title="How to pour"></iframe>', "▣ page: How to pour"),
    ],
)
def test_pictures_alone_say_what_they_are(content: str, text: str) -> None:
    assert [m.text for m in read(rss(f"<description>{escape(content)}</description>"))] == ([text] if text else [])


def test_what_comes_with_an_entry_without_words_is_said() -> None:
    items = (
        '<enclosure url="https://shop.example/a.mp3?x=1" type="audio/mpeg" length="1"/>',
        '<enclosure url="https://shop.example/a.pdf" type="application/pdf"/>',
        '<title>A cat</title><enclosure url="https://shop.example/cat.jpg" type="image/jpeg"/>',
        '<description>words</description><enclosure url="https://shop.example/cat.jpg" type="image/jpeg"/>',
    )
    found = [(m.title, m.text) for m in read(rss(*items))]
    assert found == [
        ("", "▣ sound: a.mp3"),
        ("", "▣ file: a.pdf"),
        ("A cat", "▣ picture: cat.jpg"),
        ("", "words"),
    ]
    media = '<m:content xmlns:m="http://search.yahoo.com/mrss/" url="https://shop.example/a.webm" medium="video"/>'
    assert [m.text for m in read(rss(media))] == ["▣ film: a.webm"]
    assert [m.text for m in read(atom('<content type="image/png" src="https://x.example/a.png"/>'))] == [
        "▣ picture: a.png"
    ]
    raw = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {"id": "1", "attachments": [{"url": "/a.jpg", "mime_type": "image/jpeg", "title": "The pot"}]},
            {"id": "2", "image": "https://shop.example/b.jpg"},
        ],
    }
    assert [m.text for m in read(json.dumps(raw))] == ["▣ picture: The pot", "▣ picture: b.jpg"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("one\n              two, without any tag", "one two, without any tag"),
        ("one <b>tag</b>\n              two", "one tag two"),
        ("one\ntwo\n\n  three &amp; four", "one two\n\nthree & four"),
        ("<p>one</p>\n\n<p>two\n  three</p>", "one\n\ntwo three"),
        ("<pre>def f():\n\treturn 1\n    # end</pre>", "def f():\n    return 1\n    # end"),
        ("<pre>    indented\nless</pre>", "    indented\nless"),
        ("<p>use std::vec<int> and a<b now</p>", "use std::vec<int> and a<b now"),
        ("&lt;p&gt;escaped twice&lt;/p&gt;", "escaped twice"),
        ("a &lt;b&gt; c", "a <b> c"),
        ("<my-card>one</my-card> <o:p>two</o:p>", "one two"),
    ],
)
def test_white_space_and_code_of_html(content: str, text: str) -> None:
    assert [m.text for m in read(rss(f"<description><![CDATA[{content}]]></description>"))] == [text]


def test_white_space_of_plain_text() -> None:
    raw = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": "1", "content_text": "def f():\n\treturn 1\n\n\n\n  # end  \n"}],
    }
    assert [m.text for m in read(json.dumps(raw))] == ["def f():\n    return 1\n\n  # end"]
    assert [m.text for m in read(atom('<content type="text">a &lt;b&gt;\n  c</content>'))] == ["a <b>\n  c"]


CYRILLIC = "Заказ не пришёл, где мои деньги"
JAPANESE = "注文が届きません。返金してください"


@pytest.mark.parametrize(
    ("text", "encoding", "declared", "header", "language"),
    [
        (CYRILLIC, "windows-1251", "windows-1251", "", "ru"),
        (CYRILLIC, "windows-1251", "", "text/xml; charset=windows-1251", ""),
        (CYRILLIC, "windows-1251", "windows-1251", "text/xml; charset=utf-8", ""),
        (CYRILLIC, "windows-1251", "utf-8", "", "ru"),
        (CYRILLIC, "windows-1251", "", "", ""),
        (CYRILLIC, "windows-1251", "iso-8859-1", "", "ru"),
        (CYRILLIC, "koi8-r", "", "", "ru"),
        (CYRILLIC, "koi8-r", "koi8-r", "", ""),
        (CYRILLIC, "utf-8", "", "text/xml", ""),
        (CYRILLIC, "utf-8", "windows-1251", "text/xml; charset=iso-8859-1", ""),
        (CYRILLIC, "utf-8", "utf-16", "", ""),
        (CYRILLIC, "utf-8-sig", "", "", ""),
        (CYRILLIC, "utf-16", "utf-16", "", ""),
        (CYRILLIC, "utf-16", "", "", ""),
        (CYRILLIC, "utf-16-le", "utf-16", "", ""),
        (CYRILLIC, "utf-16-be", "", "application/xml", ""),
        (CYRILLIC, "utf-32", "", "", ""),
        (JAPANESE, "shift_jis", "shift_jis", "", ""),
        (JAPANESE, "shift_jis", "utf-8", "", "ja"),
        (JAPANESE, "euc_jp", "euc-jp", "", ""),
        (JAPANESE, "iso-2022-jp", "iso-2022-jp", "", ""),
        ("señor, mañana — 5 €", "windows-1252", "iso-8859-1", "", ""),
        ("señor, mañana — 5 €", "windows-1252", "utf-8", "", "es"),
        ("señor, mañana", "latin-1", "", "", ""),
        ("中文评论，退款", "gb18030", "gb2312", "", ""),
        ("한국어 환불", "euc_kr", "ks_c_5601-1987", "", ""),
        ("Żółta łódź", "windows-1250", "windows-1250", "text/xml; charset=ISO-8859-1", ""),
        ("plain ascii", "ascii", "rot13", "text/xml; charset=idna", ""),
    ],
)
def test_encodings_declared_rightly_wrongly_or_not_at_all(
    text: str, encoding: str, declared: str, header: str, language: str
) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    about = f"<language>{language}</language>" if language else ""
    body = head + rss(f"<title>{text}</title><description>{text}</description>", head=about)
    [message] = read(body.encode(encoding), header or "application/xml")
    assert (message.title, message.text) == (text, text)


def test_a_few_broken_bytes_cost_no_more_than_themselves() -> None:
    body = rss(f"<description>{CYRILLIC} caf\x00 5</description>").encode().replace(b"\x00", b"\xe9")
    [message] = read(body)
    assert message.text == f"{CYRILLIC} café 5"


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        ("a\x0bb\x00c\x1f", "abc"),
        ("a&#11;b&#x1F;c", "abc"),
        ("&nbsp;a &eacute; &hearts; b", "a é ♥ b"),
        ("a & b &c; d?x=1&y=2", "a & b &c; d?x=1&y=2"),
        ("&#55357;&#56832; &#xD83D;&#xDE00;", "😀 😀"),
        ("&#55357; alone", "alone"),
        ("&#999999999; far", "&#999999999; far"),
    ],
)
def test_what_makes_parsers_give_up_is_mended(broken: str, text: str) -> None:
    body = "\n \n" + atom(
        f"<title>{broken}</title><content type='text'>{broken}</content>",
        "<title>next</title><content type='text'>next</content>",
    )
    first, second = read(body)
    assert (first.title, first.text) == (text, text)
    assert second.title == "next"


@pytest.mark.parametrize(
    "junk", ["Warning: no such file in /srv/x.php on line 3\n", "<br /><b>Notice</b>: x & y\n", "\ufeff\n"]
)
def test_what_stands_before_the_feed_does_no_harm(junk: str) -> None:
    [message] = read(junk + atom('<title type="text">a &lt;b&gt; c &amp; d</title><content>x</content>'))
    assert (message.title, message.created_at) == ("a <b> c & d", from_iso("2026-11-26T10:00:00Z"))


def test_cdata_that_nobody_closed_takes_no_other_entry_with_it() -> None:
    body = rss("<title><![CDATA[one</title>", "<title><![CDATA[two & more]]></title>", "<title><![CDATA[three</title>")
    assert [message.text for message in read(body)] == ["one", "two & more", "three"]


def test_cdata_is_left_as_it_is() -> None:
    assert mended("<a><![CDATA[x & y &nbsp; &#11;]]>&nbsp;</a>") == "<a><![CDATA[x & y &nbsp; &#11;]]>\u00a0</a>"


@given(st.binary(max_size=300), st.sampled_from(["", "text/xml; charset=utf-8", "x; charset=shift_jis"]))
def test_no_bytes_break_the_reader(body: bytes, content_type: str) -> None:
    mended(decoded(body, content_type)).encode("utf-8", "replace")
    try:
        read_entries(b"<rss version='2.0'><channel><item><title>" + body, content_type, ACCOUNT.base_url, [])
    except Retryable as error:
        assert "\n" not in error.line()  # noqa: PT017 - what is no feed is told


def test_links_lead_where_xml_base_says() -> None:
    body = atom(
        '<link href="c/2"/><content type="html" xml:base="posts/">&lt;a href="3"&gt;here&lt;/a&gt;</content>',
        attributes=' xml:base="https://other.example/blog/"',
    )
    [message] = read(body)
    assert message.url == "https://other.example/blog/c/2"
    assert message.text == "here (https://other.example/blog/posts/3)"
    [message] = read(rss('<link>/c/2</link><description>&lt;a href="#top"&gt;up&lt;/a&gt;</description>'))
    assert (message.url, message.text) == ("https://shop.example/c/2", "up (https://shop.example/c/2#top)")


@pytest.mark.parametrize("link", ["http://[bad", "https://exa mple/", "javascript:alert(1)", "//[", "\u0000"])
def test_a_bad_link_costs_no_more_than_itself(link: str) -> None:
    bad = f"<link>{escape(link)}</link><description>&lt;a href='{escape(link)}'&gt;x&lt;/a&gt;</description>"
    first, second = read(rss(bad, "<link>https://shop.example/2</link><description>y</description>"))
    assert first.url == ""
    assert first.text.startswith("x")
    assert second.url == "https://shop.example/2"


@pytest.mark.parametrize(
    "date", ["Fri, 2006/15/15 08:19:53 EDT", "99999999999999999999", "Mon, 01 Jan 0001 00:00:00 +0000", "�", "x" * 5000]
)
def test_no_time_stops_a_feed_and_an_unknown_one_is_when_it_was_first_seen(date: str) -> None:
    good = "<pubDate>Thu, 26 Nov 2026 10:00:00 GMT</pubDate><description>y</description>"
    first, second = read(rss(f"<pubDate>{date}</pubDate><description>x</description>", good))
    assert (first.created_at, first.time_known) == (NOW, False)
    assert (second.created_at, second.time_known) == (from_iso("2026-11-26T10:00:00Z"), True)


def test_dates_of_json_feeds_are_read_in_any_form() -> None:
    dates = ["Fri, 31 May 2019 12:17:58 -0700", 1559330278, "2019-05-31T19:17:58Z", "03/04/2019"]
    items = [{"id": str(n), "content_text": "x", "date_published": date} for n, date in enumerate(dates)]
    raw = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    found = read(json.dumps(raw))
    assert [m.created_at for m in found[:3]] == [from_iso("2019-05-31T19:17:58Z")] * 3
    assert not found[3].time_known
    assert read(json.dumps(raw).encode("utf-16")) == found
