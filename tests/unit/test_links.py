"""A link deceives nobody: where it leads stands beside it unless its label says so."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox import links
from cminbox.text_html import html_to_text

PEOPLE = links.People(frozenset({("shop", "shop.example"), ("bo", "far.example")}), "home.example", "other.example")


@pytest.mark.parametrize(
    ("label", "href"),
    [
        ("a.example", "https://a.example/"),
        ("a.example", "https://www.a.example"),
        ("www.a.example", "https://a.example/"),
        ("A.Example", "https://a.example/"),
        ("https://a.example/b", "https://a.example/b"),
        ("a.example/b?c=d#e", "https://a.example/b?c=d#e"),
        ("a.example/b…", "https://a.example/bcdef"),
        ("a.example/b...", "https://a.example/bcdef"),
        ("a.example…", "https://a.example/bcdef"),
        ("a.example:8080/b", "http://a.example:8080/b"),
        ("a.example:443", "https://a.example/"),
        ("https://ja.example/茶", "https://ja.example/%E8%8C%B6"),
        ("उदाहरण.भारत", "https://उदाहरण.भारत/"),
        ("#tea", "https://home.example/tags/tea"),
        ("#Tea", "https://other.example/tag/tea"),
        ("@shop", "https://shop.example/@shop"),
        ("@Shop", "https://shop.example/users/shop"),
        ("@ana", "https://home.example/@ana"),
        ("@ana@far.example", "https://far.example/@ana"),
        ("support@a.example", "mailto:support@a.example"),
        ("click", "javascript:alert(1)"),
        ("click", "/page"),
        ("click", "#part"),
        ("", "https://a.example"),
        ("\u200b", "https://a.example"),
    ],
)
def test_a_label_that_names_the_whole_host_is_enough(label: str, href: str) -> None:
    assert links.beside(label, href, PEOPLE) == ""


@pytest.mark.parametrize(
    ("label", "href"),
    [
        ("paypal.com", "http://paypal.com.evil.example/login"),
        ("paypal.com…", "http://paypal.com.evil.example/login"),
        ("strasse.example", "https://straße.example/"),
        ("paypaI.com", "https://paypaI.com/"),
        ("paypal.com", "https://paypal.com%2f.evil.example/"),
        ("@ana", "https://home.example/out?to=evil.example/@ana"),
        ("#tea", "https://home.example/tags/tea?to=evil.example"),
        ("paypal.com/…", "http://paypal.com.evil.example/login"),
        ("https://paypal.com", "https://paypal.comevil.example/"),
        ("paypal.com", "https://paypal.com/login"),
        ("pay", "https://paypal.com/"),
        ("h", "https://evil.example/x"),
        ("https", "https://evil.example/x"),
        ("https://", "https://evil.example/x"),
        ("https://a.example", "http://a.example"),
        ("a.example", "https://a.example:8443/"),
        ("a.example:8443", "https://a.example/"),
        ("a.example/b", "https://a.example/bc"),
        ("a.example/b", "https://a.example/B"),
        ("click here", "https://evil.example/"),
        ("@shop", "https://evil.example/u"),
        ("@shop", "https://evil.example/@shop"),
        ("@shop", "https://shop.example/login"),
        ("@shop@shop.example", "https://evil.example/@shop"),
        ("＠shop", "https://evil.example/"),
        ("#tea", "https://evil.example/login"),
        ("#tea", "https://evil.example/tags/coffee"),
        ("#tea", "https://evil.example/tags/tea"),
        ("#tea", "https://other.example:8443/tags/tea"),
        ("#shop.example", "https://evil.example/"),
        ("support@a.example", "mailto:evil@b.example"),
        ("a.example", "//evil.example/x"),
        ("a.example", "https:\\\\evil.example"),
        ("a.example", "https:/evil.example"),
        ("a.example", "ftp://evil.example"),
        ("a.example", " \t https://evil.example"),
        ("a.example", "ht\ntps://evil.example"),
        ("a\u200b.example", "https://a.example"),
        ("\u202emoc.elpmaxe.a", "https://evil.example"),
        ("a.example\u200f", "https://a.example"),
    ],
)
def test_any_other_label_has_its_address_beside_it(label: str, href: str) -> None:
    found = links.beside(label, href, PEOPLE)
    word = href.replace("\n", "").strip()
    assert found.startswith(word[:40])


@pytest.mark.parametrize(
    ("href", "host"),
    [
        ("https://shop.example@evil.example/", "evil.example"),
        ("https://shop.example%2Flogin@evil.example/", "evil.example"),
        ("https://shop.example:pass@word@evil.example/", "evil.example"),
        ("https://" + "a" * 600 + "@evil.example/", "evil.example"),
        ("https://р\u0430ypal.com/", "xn--ypal-43d9g.com"),
        ("https://аррӏе.com/", "xn--80ak6aa92e.com"),
        ("https://paypaĺ.com/", "paypaĺ.com".encode("idna").decode()),
        ("https://example.comノlogin.example/", "xn--example.comlogin"),
    ],
)
def test_what_an_address_hides_is_said(href: str, host: str) -> None:
    label = href.partition("://")[2].rstrip("/").partition("@")[0]
    found = links.beside(label, href)
    if "ノ" in href:
        assert found.endswith(", which is example.xn--comlogin-634g.example")
    else:
        assert found.endswith(f", which is {host}")


def test_a_host_in_plain_letters_is_told_as_it_is() -> None:
    assert links.address("https://xn--80ak6aa92e.com/") == "https://xn--80ak6aa92e.com/"
    assert links.beside("xn--80ak6aa92e.com", "https://xn--80ak6aa92e.com/") == "https://xn--80ak6aa92e.com/"
    assert links.address("https://a.example/\u202egpj.exe") == "https://a.example/%E2%80%AEgpj.exe"
    assert links.host_of("HTTPS://User@A.Example:8443/x") == "a.example:8443"
    assert links.host_of("nothing") == ""


def test_in_a_text_nothing_but_mentions_and_whole_labels_stands_alone() -> None:
    html = (
        '<p><a href="https://home.example/@ana" class="u-url mention">@<span>ana</span></a> see '
        '<a href="https://shop.example@evil.example/">https://shop.example</a> '
        '<a href="https://a.example/b/c"><span class="invisible">https://</span><span class="ellipsis">a.example/b'
        '</span><span class="invisible">/c</span></a></p>'
    )
    assert html_to_text(html, people=PEOPLE) == (
        "@ana see https://shop.example (https://shop.example@evil.example/, which is evil.example) "
        "https://a.example/b/c"
    )
    assert html_to_text(html, people=None) == "@ana see https://shop.example https://a.example/b/c"


def test_a_hashtag_stands_alone_where_it_leads_to_a_page_of_its_own_place() -> None:
    html = '<a href="https://blog.example/tag/tea">#tea</a> <a href="/tag/cup">#cup</a>'
    assert html_to_text(html, base="https://blog.example/1") == "#tea #cup"
    assert html_to_text(html, base="https://else.example/1") == "#tea (https://blog.example/tag/tea) #cup"
    assert html_to_text(html) == "#tea (https://blog.example/tag/tea) #cup"


HOSTS = st.from_regex(r"[a-z]{1,6}(\.[a-z]{1,6}){1,3}", fullmatch=True)


@given(HOSTS, HOSTS, st.sampled_from(["", "/", "/x", "?q", "…", "/…"]))
def test_a_label_that_names_another_host_never_stands_alone(said: str, host: str, rest: str) -> None:
    if said.removeprefix("www.") != host.removeprefix("www."):
        assert host in links.beside(said + rest, f"https://{host}/x")


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_link_is_too_much(label: str, href: str) -> None:
    for each in (href, f"https://{href}", f"https://xn--{href}/", f"http://a@{href}:80/"):
        found = links.beside(label, each, PEOPLE)
        assert "\n" not in found
        links.host_of(each)


def test_in_a_plain_text_what_an_address_hides_is_told_once() -> None:
    for text in (
        "see https://a.example/b and c.example",
        "привет.как дела",
        "mail ana@a.example",
        "e.g. this",
        "a.b.c",
    ):
        assert links.with_destinations(text) == text
    assert links.with_destinations("go to https://shop.example@evil.example/x, now") == (
        "go to https://shop.example@evil.example/x (evil.example), now"
    )
    assert links.with_destinations("р\u0430ypal.com is it") == "р\u0430ypal.com (xn--ypal-43d9g.com) is it"
    assert links.with_destinations("see аррӏе.com, now") == "see аррӏе.com (xn--80ak6aa92e.com), now"
    assert links.with_destinations("www.яндекс.com") == "www.яндекс.com (www.xn--d1acpjx3f.com)"
    assert links.with_destinations("отчёт.txt") == "отчёт.txt"
    shown = html_to_text(
        '<a href="https://shop.example@evil.example/">shop</a> <a href="https://аррӏе.com/">аррӏе.com</a>'
    )
    assert links.with_destinations(shown) == shown
    for text in ("a." * 10_000, "а" * 20_000, "https://" + "a@" * 9_000):
        begun = time.process_time()
        links.with_destinations(text + "é")
        assert time.process_time() - begun < 1


@pytest.mark.parametrize("odd", ["%00", "%1b", "%07", "%20", "%2f", "%3f", "%23", "\uff0f", "\uff1f", "\u2100"])
def test_what_no_host_has_neither_ends_it_nor_reaches_the_terminal(odd: str) -> None:
    href = f"https://a.example{odd}.evil.example/"
    said = links.address(href).partition(", which is ")[2] or links.host_of(href)
    assert said.endswith(".evil.example")
    assert said.isprintable()
    assert not set(said) & set(" /?#")


def test_a_capital_i_that_stands_for_an_l_is_told() -> None:
    assert links.address("https://paypaI.com/x") == "https://paypaI.com/x, which is paypai.com"
    assert links.with_destinations("see www.paypaI.com now") == "see www.paypaI.com (www.paypai.com) now"
    assert links.with_destinations("call list.getItem first") == "call list.getItem first"
    assert links.address("https://Instagram.com/x") == "https://Instagram.com/x"


def test_capitals_of_other_alphabets_are_folded_letter_by_letter() -> None:
    assert links.host_of("https://ΣΑΣ.example") == links.host_of("https://σασ.example")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://ana:p4ss@x.test/feed", "https://…@x.test/feed"),
        ("https://x.test/feed?token=abc&n=1", "https://x.test/feed?token=…&n=1"),
        ("https://x.test/?n=1&access_token=a%3Db;key=c#f", "https://x.test/?n=1&access_token=…;key=…#f"),
        ("https://x.test/?author=ana&keyword=tea", "https://x.test/?author=ana&keyword=tea"),
        ("x.test", "x.test"),
    ],
)
def test_an_address_is_kept_without_credentials(address: str, shown: str) -> None:
    assert links.without_credentials(address) == shown
    assert links.without_credentials(shown) == shown
