"""Pages in the manner of Dynamicweb and its `.aspx` kin: nested grid divs and one form around it all.

In: a `View`. Out: HTML text.
"""

from demo.articles import BlockKind
from demo.cms import WRITERS, View, anchor, bare_widget, blocks, head, hours_table, items, note, text

_WRITERS = {**WRITERS, BlockKind.HOURS: hours_table}


def render(view: View) -> str:
    body = bare_widget(view) if view.is_bare else _grid(view)
    return (
        f'{head(view, generator="Dynamicweb 9")}<body id="Body">\n'
        f'<form method="post" action="{text(view.canonical)}">\n'
        f'<input type="hidden" name="__VIEWSTATE" value="/wEPDwUKMTY1NDU2MTA1MmRk">\n'
        f"{_top(view)}{body}{_bottom(view)}"
        "</form>\n</body>\n</html>\n"
    )


def _top(view: View) -> str:
    crumbs = " &gt; ".join(anchor(link) for link in view.breadcrumbs)
    return (
        f'<div id="CookieWarning" class="dw-cookie"><span>Denne hjemmeside sætter cookies.</span>'
        '<a href="#accept">OK</a></div>\n'
        f'<div id="header"><a href="/">{text(view.owner)}</a><div id="topmenu"><ul class="dwnavigation">'
        f"{items(view.navigation, css='L1')}</ul></div></div>\n"
        f'<div class="breadcrumb">Du er her: {crumbs}</div>\n'
    )


def _grid(view: View) -> str:
    teasers = "".join(
        f'<div class="list-item"><h3>{anchor(teaser.link)}</h3><span>{text(teaser.text)}</span></div>\n'
        for teaser in view.teasers
    )
    related = (
        f'<div class="col-md-3" id="rightmenu"><h4>Genveje</h4><ul>{items(view.related)}</ul></div>'
        if view.related
        else ""
    )
    updated = f'<div class="pageinfo">{text(view.updated)}</div>' if view.updated else ""
    return (
        f'<div class="container"><div class="row"><div class="col-md-9 content" id="content">\n'
        f"<h1>{text(view.title)}</h1>\n"
        f"{blocks(view, _WRITERS)}{teasers}{updated}</div>\n{related}</div></div>\n"
    )


def _bottom(view: View) -> str:
    shortcuts = f'<ul class="quicklinks">{items(view.shortcuts)}</ul>' if view.shortcuts else ""
    return (
        f'<div id="footer">{shortcuts}{note(view)}<table><tr><td>{text(view.owner)}</td>'
        f'<td><a href="mailto:post@{view.apex_host}">Send sikker post</a></td></tr></table></div>\n'
    )
