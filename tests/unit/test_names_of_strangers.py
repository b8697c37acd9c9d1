"""What people call themselves, fit to stand in a reply of ours."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.replies.names import first_name, harmless, plain_handle


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Ana López", "Ana"),
        ("🌸 Ana López 🌸", "Ana"),
        ("🌸Ana🌸", "Ana"),
        ("Ana❤️", "Ana"),
        ("ana", "ana"),
        (":verified: Ana Roe", "Ana"),
        ("Eve:blobcat:", "Eve"),
        ("(she/her) Dee", "Dee"),
        ("Dee (she/her)", "Dee"),
        ("Dee [they/them] Roe", "Dee"),
        ("they/them · Ravi", "Ravi"),
        ("Ravi | they/them", "Ravi"),
        ("Ravi - writes about tea", "Ravi"),
        ("she her Dee", "Dee"),
        ("Dr. Bo Berg", "Bo"),
        ("Prof. Dr. Bo Berg", "Bo"),
        ("dr. med. Bo Berg", "Bo"),
        ("Avv. Maria Bianchi", "Maria"),
        ("Dña. Rosa Gil", "Rosa"),
        ("Doutora Ana Silva", "Ana"),
        ("Dipl. Bo Berg", "Bo"),
        ("श्रीमान राहुल शर्मा", "राहुल"),
        ("Phil Collins", "Phil"),
        ("A\u200dna Roe", "Ana"),
        ("Señora Ana López", "Ana"),
        ("http://spam.example Cy", "Cy"),
        ("@someoneelse Cy", "Cy"),
        ("Jean-Luc Picard", "Jean-Luc"),
        ("D’Arcy Wu", "D’Arcy"),
        ("O'Brien", "O'Brien"),
        ("McAllister", "McAllister"),
        ("Ana de la Cruz", "Ana"),
        ("Ana, she/her", "Ana"),
        ("Ana <3", "Ana"),
        ("Ravi Kumar (he/him) @ Mastodon", "Ravi"),
        ("Ana 🇮🇳✅", "Ana"),
        ("Sir Ian McKellen", "Ian"),
        ("Мария-Анна", "Мария-Анна"),
        ("李小龙 Bruce", "李小龙"),
        ("𝐀𝐧𝐚 𝐑𝐨𝐞", "Ana"),
        ("Ana\u200b Roe", "Ana"),
        ("\u202eAna\u202c", "Ana"),
        ("Zoë", "Zoë"),
        ("राहुल कुमार", "राहुल"),
        ("श्री राहुल कुमार", "राहुल"),
        ("ગુરપ્રીત સિંહ", "ગુરપ્રીત"),
        ("ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "ਗੁਰਪ੍ਰੀਤ"),
        ("محمد علي", "محمد"),
        ("عبد الله محمد", "عبد الله"),
        ("الدكتور محمد علي", "محمد"),
        ("Дмитрий Иванов", "Дмитрий"),
        ("山田太郎", "山田太郎"),
        ("山田 太郎", "山田 太郎"),
        ("김민준", "김민준"),
        ("アナ", "アナ"),
        ("Ana™", "Ana"),
    ],
)
def test_people_are_addressed_by_their_first_names(name: str, first: str) -> None:
    assert first_name(name) == first


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "🌸🌸",
        "@someoneelse",
        "＠someoneelse",
        "@some@one.example",
        "ana@shop.example",
        "ana@work Roe",
        "https://spam.example",
        "spam.example",
        "www.spam.example",
        "Ana.com Roe",
        "they/them",
        "They/Them",
        "she",
        "(she/her)",
        ":verified:",
        "Dr. Berg",
        "Herr Müller",
        "Señora García",
        "Mrs Smith",
        "श्री कुमार",
        "J. Smith",
        "J.R. Tolkien",
        "rahul_k",
        "ana2000",
        "4na",
        "TeaLover",
        "xXanaXx",
        "ACME TEA",
        "IBM",
        "Kettle Tea Company",
        "Acme GmbH",
        "Support Team",
        "Deleted user",
        "Anonymous",
        "the tea shop",
        "Just me",
        "#tea Ana@x",
        "Roe, Ana",
        "Nguyễn Văn An",
        "Aаnа Roe",
        "aaaaaah",
        "x",
        "{{ order.number }}",
        "{% if %}",
        "{Ana}",
        "<script>alert(1)</script> Ana",
        "<b>Ana</b>",
        "[deleted]",
        "ana.lopez",
        "Ana:blobcat",
        "Ms. Rachel",
        "DJ Khaled",
        "ÉLODIE",
        "中华人民共和国驻外使馆",
        *("प्रो. शर्मा", "Avv. Bianchi", "Exmo. Sr. João", "Rechtsanwalt Berg", "President Biden", "King Charles"),
        *("van Gogh", "von Neumann", "Tio João", "Guru Dutt Sharma", "Prince Kumar Singh"),
        *(
            "有限公司",
            "北京大学",
            "中国银行",
            "トヨタ自動車",
            "삼성전자",
            "주식회사",
            "شركة النور",
            "Магазин",
            "अमूल कंपनी",
        ),
        *("Telekom hilft", "Amazon Help", "Berliner Zeitung", "Loja Maria", "Tienda Ana", "Familie Berg", "root"),
        *("Government of India", "Photography by Ana", "Stop War", "\U0001f170na"),
        *(
            "Journalist Ana Roe",
            "Fotograf Ben",
            "Big Mike",
            "New York Times",
            "Air India",
            "Mods",
            "Fake Ana",
            "System",
        ),
        *("ᴀɴᴀ", "ꜱam", "ₐna", "Anaª", "Kill yourself", "Link in bio", "verified"),
    ],
)
def test_nobody_is_addressed_where_that_is_not_sure(name: str) -> None:
    assert first_name(name) == ""


STRANGE = st.text(
    st.one_of(st.sampled_from("@#:/.,()[]{}·|-'’ AnaBoé\u200b\u200d\u202e🌸ر中क"), st.characters(codec="utf-8")),
    max_size=30,
)


@given(STRANGE)
def test_what_is_inserted_can_neither_notify_nor_link_anybody(name: str) -> None:
    found = first_name(name)
    assert all(unicodedata.category(char)[0] in "LM" or char in "'’-‐\u200c\u200d " for char in found)
    assert found == found.strip()
    assert len(found) <= 60


@given(STRANGE)
def test_a_whole_name_neither_notifies_nor_links(name: str) -> None:
    found = harmless(name)
    assert not {"@", "#", "＠"} & {*found}
    assert "//" not in found
    assert "\n" not in found


def test_a_name_as_it_stands_otherwise() -> None:
    assert harmless("Ana (she/her) 🌸 López") == "Ana (she/her) 🌸 López"
    assert harmless("@someone Ana https://spam.example/x spam.example #tag :verified: Roe") == "Ana Roe"
    assert harmless("@someone") == ""


@pytest.mark.parametrize(
    "handle", ["ana", "ana@far.example", "ana@far.example:3000", "u/tea_nerd", "meera.cooks", "josé"]
)
def test_a_handle_is_one_word(handle: str) -> None:
    assert plain_handle(handle) == handle
    assert plain_handle(f"@{handle}") == handle


@pytest.mark.parametrize("handle", ["", "ana @everyone", "a@b@c", "https://spam.example", "ana\n@x", "@@x", "x" * 400])
def test_what_names_more_than_one_account_is_no_handle(handle: str) -> None:
    assert plain_handle(handle) == ""
