"""Pages in the manner of Drupal: field divs inside regions, button-and-div accordions, tables of hours.

In: a `View`. Out: HTML text.
"""

from demo.articles import BlockKind
from demo.cms import WRITERS, View, anchor, bare_widget, blocks, buttons, head, hours_table, items, note, text

_WRITERS = {**WRITERS, BlockKind.ACCORDION: buttons, BlockKind.HOURS: hours_table}


def render(view: View) -> str:
    body = bare_widget(view) if view.is_bare else _content(view)
    return (
        f"{head(view, generator='Drupal 10 (https://www.drupal.org)')}"
        f'<body class="path-node page-node-type-page">\n{_top(view)}{body}{_bottom(view)}</body>\n</html>\n'
    )


def _top(view: View) -> str:
    return (
        '<a href="#main-content" class="visually-hidden skip-link">Gå til hovedindhold</a>\n'
        '<div class="dialog-off-canvas-main-canvas">\n<div class="region region-header">'
        f'<div class="site-branding"><a href="/" rel="home">{text(view.owner)}</a></div>'
        f'<ul class="menu menu--main">{items(view.navigation, css="menu__link")}</ul>'
        '<form action="/soeg" method="get"><label for="q">Søg</label><input id="q" name="q"></form></div>\n'
        f'<div class="region region-breadcrumb"><ol class="breadcrumb">{items(view.breadcrumbs)}</ol></div>\n'
    )


def _content(view: View) -> str:
    rows = "".join(
        f'<div class="views-row"><h3>{anchor(teaser.link)}</h3>'
        f'<div class="field--summary">{text(teaser.text)}</div></div>\n'
        for teaser in view.teasers
    )
    related = (
        f'<div class="region region-sidebar"><h2>Se også</h2><ul>{items(view.related)}</ul></div>'
        if view.related
        else ""
    )
    updated = f'<div class="field--changed">{text(view.updated)}</div>\n' if view.updated else ""
    return (
        f'<div class="layout-container"><a id="main-content"></a>\n'
        f'<h1 class="page-title">{text(view.title)}</h1>\n'
        '<article role="article" class="node node--type-page"><div class="node__content">'
        f'<div class="field field--name-body">\n{blocks(view, _WRITERS)}</div></div></article>\n'
        f'<div class="view-content">{rows}</div>\n{updated}{related}</div>\n'
    )


def _bottom(view: View) -> str:
    shortcuts = f'<nav class="menu--footer"><ul>{items(view.shortcuts)}</ul></nav>' if view.shortcuts else ""
    return (
        f'<footer class="region region-footer">{shortcuts}{note(view)}'
        f'<div class="block">{text(view.owner)}</div>'
        f'<div class="block"><a href="mailto:post@{view.apex_host}">Kontakt</a>'
        '<a href="javascript:window.print()">Udskriv</a></div></footer></div>\n'
        '<div id="sliding-popup" class="eu-cookie-compliance-banner"><h2>Cookies på hjemmesiden</h2>'
        "<p>Vi samler statistik for at gøre siden bedre.</p>"
        "<button>Accepter</button><button>Afvis</button></div>\n"
    )
