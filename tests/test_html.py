"""The HTML of every page: valid as it is built, and after the elements have come to life.

A strict parser finds what is misplaced or not closed. What it lets pass is looked for here, in
the text of the page and leaving aside what the theme writes around it: attributes that HTML does
not know, parts that may not stand inside each other, and references to nothing.
"""

from collections import Counter

import html5lib
import pytest

MATH = "{http://www.w3.org/1998/Math/MathML}"
SVG = "{http://www.w3.org/2000/svg}"
HTML = "{http://www.w3.org/1999/xhtml}"


def names(text: str) -> set[str]:
    return set(text.split())


EVERYWHERE = names("class dir hidden id inert lang role style tabindex title translate")
#: The attributes of each element that our pages use; an element that is not here is unknown.
KNOWN = {
    "a": "href rel target download",
    "button": "type disabled name value",
    "canvas": "width height",
    "col": "span",
    "colgroup": "span",
    "details": "open name",
    "fieldset": "disabled name",
    "figure": "",
    "form": "name",
    "img": "alt src width height loading",
    "input": "type name value min max step checked disabled required inputmode",
    "label": "for",
    "li": "value",
    "ol": "start type reversed",
    "option": "value selected disabled label",
    "output": "for name",
    "select": "name disabled required",
    "td": "colspan rowspan headers",
    "th": "scope colspan rowspan headers abbr",
} | dict.fromkeys(
    names(
        "article aside b blockquote body br caption cite code dd del div dl dt em figcaption h1 h2 "
        "h3 h4 h5 h6 hr i kbd legend mark p pre q s samp section small span strong sub summary sup "
        "table tbody tfoot thead tr ul var"
    ),
    "",
)
KNOWN_MATH = {
    "math": "display xmlns",
    "mo": "stretchy fence form separator lspace rspace minsize maxsize symmetric largeop "
    "movablelimits accent",
    "mover": "accent",
    "munder": "accentunder",
    "munderover": "accent accentunder",
    "mspace": "width height depth",
    "mstyle": "displaystyle scriptlevel",
    "mi": "mathvariant",
    "mfrac": "linethickness",
    "mtd": "columnspan rowspan columnalign",
    "mtable": "columnalign rowspacing columnspacing displaystyle",
} | dict.fromkeys(
    names("mn mrow msqrt mroot msub msup msubsup mtext mtr mpadded mphantom menclose"), ""
)

PHRASING = names(
    "a b br button canvas cite code del em i img input kbd label mark math output q s samp select "
    "small span strong sub sup svg var"
)
#: Elements that may hold phrasing only. A link may hold what its parent may.
PLAIN = names(
    "b button cite code em h1 h2 h3 h4 h5 h6 i kbd label mark output p pre q s samp small span "
    "strong sub summary sup var"
)
INTERACTIVE = names("a button details input label select")
CHILDREN = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tr": {"th", "td"},
    "select": {"option"},
}
PARENTS = {
    "li": {"ul", "ol"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "figcaption": {"figure"},
    "summary": {"details"},
    "legend": {"fieldset"},
}
REFERENCES = ("for", "headers", "aria-labelledby", "aria-describedby", "aria-controls")


def faults_of(text: str) -> list[str]:
    """Return what is wrong with the HTML of a page, one line for each kind of fault."""
    parser = html5lib.HTMLParser()
    root = parser.parse(text)
    faults = [f"line {place[0]}: {code} {given}" for place, code, given in parser.errors]
    elements = [each for each in root.iter() if isinstance(each.tag, str)]
    ids = Counter(each.get("id") for each in elements if each.get("id") is not None)
    faults += [f"id {name!r} stands {count} times" for name, count in ids.items() if count > 1]
    for part in elements:
        if "bd-article" in names(part.get("class", "")):
            faults += inside(part, set(), ids)
    return list(dict.fromkeys(faults))


def inside(part, above: set, ids) -> list[str]:
    """Return what is wrong with one element and all in it; `above` are the names around it."""
    namespace, _, name = part.tag.rpartition("}")
    faults = [] if namespace + "}" == SVG else unknown(part, namespace + "}", name)
    for key in REFERENCES:
        faults += [
            f"{key} of {name} names {target!r}, which is not there"
            for target in part.get(key, "").split()
            if target not in ids
        ]
    link = part.get("href", "")
    if link.startswith("#") and len(link) > 1 and link[1:] not in ids:
        faults.append(f"a link leads to {link!r}, which is not there")
    if name == "img" and part.get("alt") is None:
        faults.append(f"{part.get('src')} has no alternative text")
    if name in INTERACTIVE and above & (INTERACTIVE - {"details", "label"}):
        faults.append(f"{name} inside {above & INTERACTIVE}")
    if name == "label" and "label" in above:
        faults.append("label inside label")
    for child in part:
        if not isinstance(child.tag, str):
            continue
        kind = child.tag.rpartition("}")[2]
        if namespace + "}" == HTML:
            if name in PLAIN and kind not in PHRASING:
                faults.append(f"{kind} inside {name}")
            if kind not in CHILDREN.get(name, {kind}):
                faults.append(f"{kind} as a child of {name}")
            if name not in PARENTS.get(kind, {name}):
                faults.append(f"{kind} outside of {PARENTS[kind]}, in {name}")
        faults += inside(child, above | {name}, ids)
    return faults


def unknown(part, namespace: str, name: str) -> list[str]:
    """Return a line if an element, or one of its attributes, is not known."""
    known = KNOWN_MATH if namespace == MATH else KNOWN
    if name not in known:
        return [f"there is no element {name}"]
    allowed = EVERYWHERE | names(known[name])
    return [
        f"{name} has no attribute {key}"
        for key in part.attrib
        if key.rpartition("}")[2] not in allowed and not key.startswith(("data-", "aria-"))
    ]


PAGE = (
    '<!DOCTYPE html><html lang="en"><head><title>x</title></head><body>'
    '<article class="bd-article">{}</article></body></html>'
)


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<p><div>x</div></p>", "unexpected-end-tag"),
        ("<div><span>x</div>", "end-tag-too-early"),
        ("<table><div>x</div></table>", "unexpected-start-tag-implies-table"),
        ('<p id="a" id="b">x</p>', "duplicate-attribute"),
        ("<p>&foo;</p>", "expected-named-entity"),
        ('<p id="a">x</p><p id="a">y</p>', "id 'a' stands 2 times"),
        ('<p align="left">x</p>', "p has no attribute align"),
        ("<p><blink>x</blink></p>", "there is no element blink"),
        ('<math><mi colour="red">x</mi></math>', "mi has no attribute colour"),
        ("<span><div>x</div></span>", "div inside span"),
        ("<details><summary><p>x</p></summary>y</details>", "p inside summary"),
        ("<ul><p>x</p></ul>", "p as a child of ul"),
        ("<div><li>x</li></div>", "li outside of"),
        ('<button type="button"><label>x</label></button>', "label inside {'button'}"),
        ('<label for="gone">x</label>', "for of label names 'gone'"),
        ('<p aria-labelledby="gone">x</p>', "aria-labelledby of p names 'gone'"),
        ('<a href="#gone">x</a>', "a link leads to '#gone'"),
        ('<img src="x.png">', "x.png has no alternative text"),
    ],
)
def test_the_check_finds(html, fault):
    assert any(fault in line for line in faults_of(PAGE.format(html))), faults_of(PAGE.format(html))


def test_the_check_lets_pass_what_is_valid():
    html = (
        '<p id="a">x <a href="#a"><em>y</em></a></p><ul><li>z</li></ul><dl><div><dt>a</dt>'
        '<dd>b</dd></div></dl><label for="c">c</label><input id="c" type="range" data-x="1">'
        '<math><mfrac><mi>a</mi><mn>2</mn></mfrac></math><svg><path d="M0 0"/></svg>'
    )
    assert faults_of(PAGE.format(html)) == []


def test_every_built_page_is_valid(site):
    pages = [page for page in sorted(site.rglob("*.html")) if "_static" not in page.parts]
    assert len(pages) > 15
    faults = {
        str(page.relative_to(site)): faults_of(page.read_text(encoding="utf-8")) for page in pages
    }
    assert {page: found for page, found in faults.items() if found} == {}


@pytest.mark.browser
def test_every_page_is_valid_after_its_elements_have_come_to_life(site, open_page):
    seen = set()
    watched = open_page("about:blank")
    for file in sorted(site.rglob("*.html")):
        if "data-lenet-element" not in file.read_text(encoding="utf-8"):
            continue
        watched.page.goto(file.as_uri())
        hosts = watched.page.locator("[data-lenet-ready]")
        hosts.first.wait_for()
        seen |= {hosts.nth(i).get_attribute("data-lenet-element") for i in range(hosts.count())}
        assert faults_of(watched.page.content()) == [], file.name
    assert len(seen) >= 7
