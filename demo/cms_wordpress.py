"""Pages in the manner of WordPress: `entry-content`, `<figure>` tables, widgets beside the text.

In: a `View`. Out: HTML text.
"""

from demo.articles import Block, BlockKind
from demo.cms import WRITERS, View, anchor, bare_widget, blocks, head, hours_table, items, note, table, text


def _figure(block: Block) -> str:
    return f'<figure class="wp-block-table">{table(block)}</figure>\n'


_WRITERS = {**WRITERS, BlockKind.TABLE: _figure, BlockKind.HOURS: hours_table}


def render(view: View) -> str:
    body = bare_widget(view) if view.is_bare else _entry(view)
    return (
        f'{head(view, generator="WordPress 6.8")}<body class="wp-singular page">\n'
        f'<div id="page" class="hfeed site">\n'
        f"{_masthead(view)}{body}{_colophon(view)}</div>\n</body>\n</html>\n"
    )


def _masthead(view: View) -> str:
    crumbs = " / ".join(anchor(link) for link in view.breadcrumbs)
    return (
        f'<header id="masthead"><p class="site-title"><a href="/" rel="home">{text(view.owner)}</a></p>'
        f'<nav id="site-navigation"><ul class="menu">{items(view.navigation)}</ul></nav></header>\n'
        f'<div class="breadcrumbs">{crumbs}</div>\n'
    )


def _entry(view: View) -> str:
    teasers = "".join(
        f'<div class="post-teaser"><h2 class="entry-title">{anchor(teaser.link)}</h2><p>{text(teaser.text)}</p></div>\n'
        for teaser in view.teasers
    )
    widget = (
        f'<aside id="secondary" class="widget-area"><h2>Links</h2><ul>{items(view.related)}</ul></aside>'
        if view.related
        else ""
    )
    updated = (
        f'<footer class="entry-footer"><span class="posted-on">{text(view.updated)}</span></footer>'
        if view.updated
        else ""
    )
    return (
        f'<div id="primary"><main class="site-main"><article class="page type-page hentry">\n'
        f'<header class="entry-header"><h1 class="entry-title">{text(view.title)}</h1></header>\n'
        f'<div class="entry-content">\n{blocks(view, _WRITERS)}</div>\n'
        f"{updated}</article>{teasers}</main></div>\n{widget}\n"
    )


def _colophon(view: View) -> str:
    shortcuts = f'<ul class="footer-menu">{items(view.shortcuts)}</ul>' if view.shortcuts else ""
    return (
        f'<footer id="colophon">{shortcuts}{note(view)}<p>{text(view.owner)}</p>'
        f'<p><a href="mailto:post@{view.apex_host}">Skriv en mail</a></p></footer>\n'
        '<div id="cookie-notice" role="region"><span>Vi gemmer cookies i din browser.</span>'
        '<a href="#" class="cn-button">Fint med mig</a></div>\n'
    )
