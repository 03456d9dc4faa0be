"""CSV of any dialect: nothing is lost, and one bad line costs no other."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forestall.importing.readers import LINE, FileOptions, SourceRows, read_file
from forestall.importing.readers.csv_scan import scan_records
from forestall.importing.readers.encodings import guess_encoding


def read(folder: Path, content: str | bytes, name: str = "a.csv", **options: object) -> SourceRows:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_file(file, FileOptions(**options))


def rows(source: SourceRows) -> list[tuple]:
    return source.frame.drop(LINE).rows()


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", "^", "~"])
def test_the_separator_is_found(mark: str, tmp_path: Path) -> None:
    got = read(tmp_path, f'Id{mark}Name{mark}Price\n1{mark}a{mark}5.0\n2{mark}"b{mark}c"{mark}6.1\n')
    assert got.frame["Id"].to_list() == ["1", "2"]
    assert got.frame["Name"].to_list() == ["a", f"b{mark}c"]
    assert got.frame[LINE].to_list() == [2, 3]


def test_decimal_commas_do_not_hide_the_semicolon(tmp_path: Path) -> None:
    assert rows(read(tmp_path, "Id;Dur\n1;5,0\n2;6,5\n")) == [("1", "5,0"), ("2", "6,5")]


@pytest.mark.parametrize("blank", ["\n", "\r\n", "\n\n\n"])
def test_blank_lines_do_not_hide_the_separator(blank: str, tmp_path: Path) -> None:
    got = read(tmp_path, f"{blank}Id;Dur{blank}1;5,0{blank}2;6,5\n")
    assert got.frame.columns == ["Id", "Dur", LINE]
    assert rows(got) == [("1", "5,0"), ("2", "6,5")]
    n = blank.count("\n")
    assert got.frame[LINE].to_list() == [2 * n + 1, 3 * n + 1]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(ending: str, tmp_path: Path) -> None:
    got = read(tmp_path, ending.join(["a,b", "1,x", "", "2,y"]))
    assert rows(got) == [("1", "x"), ("2", "y")]
    assert got.frame[LINE].to_list() == [2, 4]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        *(("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("utf-32", None)),
        *(("cp1252", "cp1252"), ("utf-16-le", "utf-16-le")),
    ],
)
def test_an_encoding_is_found_or_named(encoding: str, declared: str | None, tmp_path: Path) -> None:
    content = "Id,Butik\n1,Ærø – €\n".encode(encoding)
    assert rows(read(tmp_path, content, encoding=declared)) == [("1", "Ærø – €")]


def test_an_encoding_that_is_guessed_is_said(tmp_path: Path) -> None:
    text = "Id,Butik\n" + "".join(f"{i},Købmanden på Ærø sælger brød og øl\n" for i in range(50))
    got = read(tmp_path, text.encode("cp1252"))
    assert got.frame["Butik"][0] == "Købmanden på Ærø sælger brød og øl"
    assert got.found["a.csv: encoding"].endswith("(guessed)")


@pytest.mark.parametrize("encoding", ["cp850"])
def test_a_guess_gives_letters_that_can_stand_in_a_word(encoding: str, tmp_path: Path) -> None:
    text = "Id;Solução;Satisfação\n" + "".join(f"{i};Usuário não é de São João;-\n" for i in range(50))
    got = read(tmp_path, text.encode(encoding))
    assert got.frame.columns[:3] == ["Id", "Solução", "Satisfação"]
    assert got.frame["Solução"][0] == "Usuário não é de São João"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp932", "注文番号,顧客ID,評価\n1,渋谷店,とても良い\n2,新宿,配達が遅い。残念です\n"),
        ("euc_jp", "注文番号,顧客,評価\n1,渋谷店,とても良い\n2,新宿,配達が遅い。残念です\n"),
        ("gb18030", "订单编号,客户ID,评分\n1,北京,很好\n2,上海,送货太慢了，非常失望\n"),
        ("euc_kr", "주문번호,고객ID,평점\n1,서울,좋아요\n2,부산,배송이 너무 늦어요\n"),
        ("koi8_r", "Номер,Клиент,Оценка\n1,Москва,хорошо\n2,Казань,очень долго ждали\n"),
        ("cp1250", "Číslo,Zákazník,Hodnocení\n1,Plzeň,příliš dlouhé čekání\n"),
        ("cp1250", "Zgłoszenie,Klient,Ocena\n1,Łódź,zbyt długo czekałem\n"),
        ("cp1250", "Szám,Ügyfél,Értékelés\n1,Győr,túl sokáig vártam\n"),
        ("cp1252", "N° séjour,Hôtel,Arrivée,Avis\n1,Orléans,Très bien,là\n"),
        ("cp1252", "id,cliente,opinião\n1,São Paulo,não gostei, péssimo\n"),
    ],
)
def test_a_guess_reads_the_letters_of_its_language(encoding: str, text: str) -> None:
    content = (text * 5).encode(encoding)
    assert content.decode(guess_encoding(content) or "ascii") == text * 5


def test_a_few_damaged_characters_do_not_hide_that_a_text_is_utf_8(tmp_path: Path) -> None:
    text = "Id,Said\n" + "".join(f"{i},it’s “fine”\n" for i in range(50))
    got = read(tmp_path, text.encode().replace("”".encode(), b"\xe2\x80?", 1))
    assert got.frame["Said"][1] == "it’s “fine”"
    assert got.frame["Said"][0] == "it’s “fine\ufffd?"
    assert got.found["a.csv: encoding"] == "utf-8 (1 damaged characters replaced by \ufffd)"


def test_names_in_the_header_are_cleaned_and_each_stands_once(tmp_path: Path) -> None:
    got = read(tmp_path, "\ufeff Id , Name,Name,\n1,a,b,\n")
    assert got.frame.columns == ["Id", "Name", "Name (2)", LINE]


def test_lines_above_the_header_are_skipped_and_counted(tmp_path: Path) -> None:
    got = read(tmp_path, 'Report of "May"\n\nGenerated;today\nId,Name\n1,a\n', skip_rows=3)
    assert rows(got) == [("1", "a")]
    assert got.frame[LINE].to_list() == [5]


def test_a_line_that_is_no_row_is_kept_with_its_number_and_text(tmp_path: Path) -> None:
    got = read(tmp_path, 'a,b,c\n1,"x\ny",z\n2,only\n3,p,q,r\n4,p,q\n5,p,q,\n,,\n')
    assert rows(got) == [("1", "x\ny", "z"), ("4", "p", "q"), ("5", "p", "q")]
    assert got.frame[LINE].to_list() == [2, 6, 7]
    assert got.bad.rows() == [
        ("a.csv", 4, "too_few_cells", "2,only"),
        ("a.csv", 5, "too_many_cells", "3,p,q,r"),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('2,24" screen,x', ("2", '24" screen', "x")),  # a quote within a cell is part of it
        ('2,"24 inch,x', ("2", '"24 inch', "x")),  # a quote that is never closed, too
        ('2,"a ""b"" c",x', ("2", 'a "b" c', "x")),
        ('2, "a, b",x', ("2", "a, b", "x")),  # blanks before the quote
        ('2,"a\nb",x', ("2", "a\nb", "x")),
    ],
)
def test_one_odd_quote_costs_no_other_row(line: str, expected: tuple, tmp_path: Path) -> None:
    odd = '1,"12 inch,y'  # makes the whole file not well-formed
    got = read(tmp_path, f"a,b,c\n{odd}\n{line}\n3,p,q\n")
    assert rows(got) == [("1", '"12 inch', "y"), expected, ("3", "p", "q")]
    assert not got.bad.height


def test_a_line_with_odd_quotes_and_wrong_cells_is_one_bad_line(tmp_path: Path) -> None:
    got = read(tmp_path, 'a,b,c\n1,"x, y\n2,p,q\n3,r,"s"\n')
    assert rows(got) == [("1", '"x', " y"), ("2", "p", "q"), ("3", "r", "s")]
    worse = read(tmp_path, 'a,b\n1,"x, y\n2,p\n3,"q"\n')
    assert rows(worse) == [("2", "p"), ("3", "q")]
    assert worse.bad.rows() == [("a.csv", 2, "wrong_number_of_cells", '1,"x, y')]


CELL = st.text(alphabet='ab,;"\n ø', max_size=6)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6))
def test_what_a_csv_writer_wrote_is_read_again(tmp_path: Path, cells: list[tuple[str, str]]) -> None:
    keys, first, second = [f"k{i}" for i in range(len(cells))], [a for a, _ in cells], [b for _, b in cells]
    frame = pl.DataFrame({"key": keys, "x": first, "y": second})
    frame.write_csv(tmp_path / "w.csv", quote_style="always")
    got = read_file(tmp_path / "w.csv", FileOptions())
    assert got.frame.drop(LINE).fill_null("").equals(frame)
    lines = [2 + sum(f"{a}{b}".count("\n") + 1 for a, b in cells[:i]) for i in range(len(cells))]
    assert got.frame[LINE].to_list() == lines


def test_records_and_cells_are_counted_outside_of_quotes() -> None:
    found = scan_records(b'a,b\n"x,\ny",z\n', ",")
    assert (found.begin.tolist(), found.end.tolist()) == ([0, 4], [3, 12])
    assert (found.cells.tolist(), found.line.tolist(), found.is_well_formed) == ([2, 2], [0, 1], True)
    assert not scan_records(b'a,5" b\n', ",").is_well_formed
    assert scan_records(b"", ",").begin.tolist() == [0]


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("id,said,\n1,a,\n2,b,\n", ["id", "said"], [("1", "a"), ("2", "b")]),
        ("id,said,\n1,a\n2,b\n", ["id", "said"], [("1", "a"), ("2", "b")]),
        ("id,said,\n1,a,x\n2,b,\n", ["id", "said", "column 3"], [("1", "a", "x"), ("2", "b", None)]),
        ("id,,\n1,a,x\n", ["id", "column 2", "column 3"], [("1", "a", "x")]),
    ],
    ids=["rows end with a separator", "rows do not", "its cells are filled", "two columns have no name"],
)
def test_a_header_that_ends_with_a_separator(
    text: str, columns: list[str], rows: list[tuple[str | None, ...]], tmp_path: Path
) -> None:
    frame = read(tmp_path, text).frame.drop(LINE)
    assert frame.columns == columns
    assert frame.with_columns(pl.all().replace("", None)).rows() == rows


def test_notes_beside_the_table_become_columns_without_a_name(tmp_path: Path) -> None:
    text = "id,name\n" + "".join(f"{i},a,,,note {i}\n" for i in range(5)) + "6,b\n"
    got = read(tmp_path, text)
    assert got.frame.columns == ["id", "name", "column 3", "column 4", "column 5", LINE]
    assert got.frame["column 5"].to_list() == [f"note {i}" for i in range(5)]
    assert got.bad["rule"].to_list() == ["too_few_cells"]


def test_a_few_rows_of_too_many_cells_are_no_reason_for_more_columns(tmp_path: Path) -> None:
    got = read(tmp_path, "id,name\n" + "".join(f"{i},a\n" for i in range(5)) + "6,b,c,d,e\n")
    assert got.frame.columns == ["id", "name", LINE]
    assert got.bad["rule"].to_list() == ["too_many_cells"]
