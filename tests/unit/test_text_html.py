"""HTML of networks and feeds read as text, whatever its shape."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox import links
from cminbox.text import clean
from cminbox.text_html import html_to_text

MASTODON = (
    '<p><span class="h-card" translate="no"><a href="https://social.example/@brand" class="u-url mention">@<span>brand'
    '</span></a></span> Hello<br>you &amp; me <a href="https://shop.example/a/b" rel="nofollow">'
    '<span class="invisible">https://</span><span class="ellipsis">shop.example/a</span>'
    '<span class="invisible">/b</span></a></p>'
    '<p><a href="https://social.example/tags/tea" class="mention hashtag" rel="tag">#<span>tea</span></a></p>'
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (MASTODON, "@brand Hello\nyou & me https://shop.example/a/b\n\n#tea"),
        ("no markup at all", "no markup at all"),
        ("a &lt;b&gt; &#39;c&#39; &nbsp;&hearts; &unknown; &#x1f600;", "a <b> 'c' \u00a0♥ &unknown; 😀"),
        ("<ul><li>one</li><li>two</li></ul>after", "- one\n- two\n\nafter"),
        ("<blockquote>they<p>said</p></blockquote>we", "> they\n\n> said\n\nwe"),
        ("x<script>if (a<b && c=='</p>') {}</script>y<STYLE>p{}</Style >z", "xyz"),
        ("<p>  much \n\n white   </p>\n <p>space</p>", "much white\n\nspace"),
        ("<pre>a\n  b</pre>c", "a\n  b\n\nc"),
        ("look <img src=x alt=':blob:'> here", "look :blob: here"),
        ("one<br/><br/><br/>two", "one\n\ntwo"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<!-- hidden --><![CDATA[x]]><?php y ?><!DOCTYPE html>seen", "seen"),
        ("<p>ünï &Eacute;t&eacute;</p>", "ünï Été"),
        ("", ""),
    ],
)
def test_markup_is_read(html: str, text: str) -> None:
    assert html_to_text(html, people=links.People(home="social.example")) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://evil.example/login">bank.example</a>', "bank.example (https://evil.example/login)"),
        ('<a href="https://a.example/?u=https://bank.example">https://bank.example</a>',
         "https://bank.example (https://a.example/?u=https://bank.example)"),
        ('<a href="https://a.example/">a.example</a>', "a.example"),
        ('<a href="https://www.a.example/page">a.example/page</a>', "a.example/page"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ('<a href="https://a.example/x"></a>nothing', "nothing"),
        ("<a href='https://a.example/1'>one <a href='https://a.example/2'>two",
         "one (https://a.example/1)two (https://a.example/2)"),
        ('<a/href="https://evil.example/">paypal.com</a>', "paypal.com (https://evil.example/)"),
        ('<a x="1"/href=https://evil.example/a/b>paypal.com</a>', "paypal.com (https://evil.example/a/b)"),
        ('<a x/href="https://evil.example/">paypal.com</a>', "paypal.com (https://evil.example/)"),
    ],
)  # fmt: skip
def test_a_link_says_where_it_leads_unless_its_text_does(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a < b, <3 and I <love you", "a < b, <3 and I <love you"),
        ("<p>vector<int> and Map<K,V></p>", "vector<int> and Map<K,V>"),
        ("mail <ana@ex.org>, see <https://ex.org/?a=1>", "mail <ana@ex.org>, see <https://ex.org/?a=1>"),
        ("<p>if (a<b && c>d) or a<b or c>d, a<b now</p>", "if (a<b && c>d) or a<b or c>d, a<b now"),
        ("<my-card>one</my-card> <o:p>two</o:p> <x y=z>three</x>", "one two three</x>"),
        ("<input disabled><video controls src=a></video>seen<br/><hr noshade>x", "seen\nx"),
        ("<a href='x>t</a> after <b>bold</b>", "t after bold"),
        ("unclosed <p>para <b>bold", "unclosed\n\npara bold"),
        ("</p></p>stray", "stray"),
        ("<", "<"),
        ("end <!-- never", "end"),
        ("x<script>never", "x"),
        ("x<svg><b>drawn", "xdrawn"),
        ("&#" + "9" * 5000 + ";", "&#" + "9" * 5000 + ";"),
        ("&#27;[31m&#x202e;red&#0;", "[31mred\ufffd"),
    ],
)
def test_broken_and_hostile_markup_is_read_as_far_as_it_goes(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(st.text(st.one_of(st.sampled_from("<>/&;#\"'=! -apbrlisctxquo\n"), st.characters(codec=None)), max_size=80))
def test_any_markup_gives_clean_text(html: str) -> None:
    text = html_to_text(html)
    assert clean(text) == text
    assert text == text.strip()
    assert not any(unicodedata.category(char) == "Cc" and char != "\n" for char in text)


@given(st.text(st.characters(codec="utf-8", exclude_characters="<>&"), max_size=60))
def test_text_without_markup_is_only_cleaned(text: str) -> None:
    assert html_to_text(text) == clean(text).strip()


BOMBS = ["<!--", "<", "<a ", "<a href='", "</", "&#", "<svg>", "<title>x", "<a href=http://e>", "<blockquote>", "<![x["]


@pytest.mark.parametrize("piece", [*BOMBS, "<p " + "a " * 1000, "<a " + " " * 1000])
def test_no_markup_takes_long(piece: str) -> None:
    """The standard library's parser needs sixteen seconds for the first of these, and minutes for the third."""
    start = time.process_time()
    assert len(html_to_text(piece * (1_000_000 // len(piece)))) <= 20_000
    assert time.process_time() - start < 3
