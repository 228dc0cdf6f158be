/* The report's page comes alive: language, theme, map, table, and a page for each site.

   In: the page as page.py wrote it, in Danish, and the JSON in #data (sites, texts of both languages, signs).
   Out: changes of that page. Fetches nothing, keeps only the chosen language and theme (where the browser lets it).
   Texts from other people's pages become text nodes and nothing else: no HTML is ever parsed here. */
(() => {
  "use strict";

  const DATA = JSON.parse(document.getElementById("data").textContent);
  const SITES = new Map(DATA.sites.map((site) => [site.site, site]));
  const LOCALES = { da: "da-DK", en: "en-GB" };
  const NOTHING = "–";
  const NUM_TONES = 5; // of the map's scale of sentences
  const SMALL_CHANGE = 0.02, LARGE_CHANGE = 0.1; // shares; between quarters most sites stay below the first
  const MAX_ADDRESS = 70; // letters of an address that are shown

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  /* Words and numbers */

  let language = "da";

  const FORMS = {
    integer: { maximumFractionDigits: 0 },
    signed: { maximumFractionDigits: 0, signDisplay: "exceptZero" },
    decimal: { minimumFractionDigits: 1, maximumFractionDigits: 1 },
    score: { minimumFractionDigits: 2, maximumFractionDigits: 2 },
    percent: { style: "percent", maximumFractionDigits: 1 },
    signed_percent: {
      style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero",
    },
  };
  const formats = new Map();

  function writeNumber(value, form = "integer") {
    if (value === null || value === undefined) return NOTHING;
    const key = `${language} ${form}`;
    if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(LOCALES[language], FORMS[form]));
    return formats.get(key).format(value).replace("-", "−");
  }

  function say(key, parts = {}) {
    const text = DATA.texts[language][key] ?? key.slice(key.indexOf(".") + 1);
    return text.replace(/\{(\w+)(?::(\w+)|\|([^|}]*)\|([^}]*))?\}/g, (_hole, name, form, single, many) => {
      const value = parts[name];
      if (single !== undefined) return value === 1 ? single : many;
      if (typeof value === "string") return value;
      return value && typeof value === "object" ? say(value.key, value) : writeNumber(value, form);
    });
  }

  function translate(root) {
    for (const element of all("[data-text]", root)) {
      element.textContent = say(element.dataset.text, JSON.parse(element.dataset.parts ?? "{}"));
    }
    for (const element of all("[data-number]", root)) {
      element.textContent = writeNumber(Number(element.dataset.number), element.dataset.form);
    }
    for (const element of all("[data-label]", root)) element.setAttribute("aria-label", say(element.dataset.label));
  }

  /* Making elements */

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  }

  const foreign = (text) => make("bdi", {}, text);
  const quoted = (text) => make("bdi", { lang: "da" }, text); // what the sites themselves say, most of it in Danish
  const english = (text) => make("bdi", { lang: "en" }, text); // what the crawler says
  const soft = (...children) => make("span", { class: "soft" }, ...children);
  const hidden = (text) => make("span", { "aria-hidden": "true" }, text);

  function badge(words, key) {
    const [tone, sign] = DATA[words][key] ?? ["none", NOTHING];
    const text = say(`${words === "statuses" ? "status" : "verdict"}.${key}`);
    const mark = make("span", { class: "sign", "aria-hidden": "true" }, sign);
    return make("span", { class: `badge ${tone}` }, mark, ` ${text}`);
  }

  function bar(number, most, kind = "kept") {
    const element = make("span", { class: `bar ${kind}`, "aria-hidden": "true" });
    element.style.setProperty("--share", most ? Math.round((number / most) * 1000) : 0);
    return element;
  }

  function changeText(now, before) {
    if (before === null || before === undefined) return make("span", { class: "change" }, say("change.new"));
    if (now === before) return make("span", { class: "change" }, hidden("="), ` ${say("change.same")}`);
    const share = before ? ` (${writeNumber(now / before - 1, "signed_percent")})` : "";
    const arrow = hidden(now > before ? "▲" : "▼");
    return make("span", { class: "change" }, arrow, ` ${writeNumber(now - before, "signed")}${share}`);
  }

  const paragraph = (...children) => make("p", {}, ...children);
  const rowHead = (...children) => make("th", { scope: "row" }, ...children);
  const numberCell = (...children) => make("td", { class: "number" }, ...children);

  /** Rows of [label, number] with a bar each; for people and for screen readers alike. */
  function barTable(caption, rows, { kind = "kept", most = Math.max(1, ...rows.map((row) => row[1])) } = {}) {
    const body = rows.map(([label, number]) =>
      make("tr", {}, rowHead(label, bar(number, most, kind)), numberCell(writeNumber(number))));
    return make("table", { class: "bars" }, caption ? make("caption", {}, caption) : null, make("tbody", {}, body));
  }

  /** Keys of the heading, and rows of a label and numbers. */
  function numberTable(keys, rows, { caption = null, ...attributes } = {}) {
    const head = keys.map((key, index) =>
      make("th", { scope: "col", ...(index ? { class: "number" } : {}) }, say(key)));
    const body = rows.map(([label, ...numbers]) =>
      make("tr", {}, rowHead(label), numbers.map((number) => numberCell(number))));
    return make("table", attributes, caption ? make("caption", {}, caption) : null,
      make("thead", {}, make("tr", {}, head)), make("tbody", {}, body));
  }

  /* Language and theme */

  function keep(name, value) {
    try {
      localStorage.setItem(`tvaerkom-report-${name}`, value);
    } catch { /* a browser may refuse a file its storage; the choice then lasts as long as the page */ }
  }

  function kept(name, choices) {
    try {
      const value = localStorage.getItem(`tvaerkom-report-${name}`);
      return choices.includes(value) ? value : null;
    } catch {
      return null;
    }
  }

  function press(buttons, chosen) {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen));
  }

  function chooseLanguage(choice) {
    language = choice;
    document.documentElement.lang = choice;
    press(all("[data-language]"), one(`[data-language="${choice}"]`));
    translate(document);
    for (const place of all("[data-picture]")) place.replaceChildren(drawings.get(place.dataset.picture)[choice]);
    paintMap();
    tellShown();
    showRoute();
  }

  function chooseTheme(choice) {
    document.documentElement.dataset.theme = choice;
    press(all("[data-theme-choice]"), one(`[data-theme-choice="${choice}"]`));
  }

  const drawings = new Map(all("[data-picture]").map((place) => {
    const name = place.dataset.picture;
    const english = one(`template[data-picture-en="${name}"]`).content.firstElementChild;
    return [name, { da: place.firstElementChild, en: english }];
  }));

  function startChoices() {
    for (const button of all("[data-language]")) {
      button.addEventListener("click", () => {
        chooseLanguage(button.dataset.language);
        keep("language", language);
      });
    }
    for (const button of all("[data-theme-choice]")) {
      button.addEventListener("click", () => {
        chooseTheme(button.dataset.themeChoice);
        keep("theme", button.dataset.themeChoice);
      });
    }
    chooseTheme(kept("theme", ["auto", "light", "dark"]) ?? "auto");
  }

  /* The map: for each quantity a tone, a sign and words for each site, and a legend */

  let quantity = "sentences";

  const limits = (() => {
    const numbers = DATA.sites.map((site) => site.totals.sentences).filter(Boolean).sort((a, b) => a - b);
    const at = (share) => Number((numbers[Math.floor(share * numbers.length)] ?? 0).toPrecision(2));
    return [...new Set([1, 2, 3, 4].map((step) => at(step / NUM_TONES)))];
  })();

  const changeOf = (site) => (site.before?.sentences ? site.totals.sentences / site.before.sentences - 1 : null);

  const CHANGES = [
    { tone: "fell-much", sign: "▼▼", text: "map.fell_much", holds: (share) => share < -LARGE_CHANGE },
    { tone: "fell", sign: "▼", text: "map.fell", holds: (share) => share < -SMALL_CHANGE },
    { tone: "even", sign: "=", text: "map.even", holds: (share) => share <= SMALL_CHANGE },
    { tone: "rose", sign: "▲", text: "map.rose", holds: (share) => share <= LARGE_CHANGE },
    { tone: "rose-much", sign: "▲▲", text: "map.rose_much", holds: () => true },
  ];

  const QUANTITIES = {
    sentences: (site) => {
      const number = site.totals.sentences;
      if (!number) return unknown("map.no_text");
      const step = limits.filter((limit) => number > limit).length;
      const parts = { low: step ? limits[step - 1] + 1 : 1, high: limits[step] };
      const legend = say(step < limits.length ? "range.integer" : "range.integer_open", parts);
      const value = say("map.sentences_value", { number });
      return { tone: `scale-${step + 1}`, sign: "", legend, value, order: step };
    },
    change: (site) => {
      const share = changeOf(site);
      if (share === null) return unknown("map.unknown");
      const order = CHANGES.findIndex((change) => change.holds(share));
      const { tone, sign, text } = CHANGES[order];
      return { tone, sign, legend: say(text), value: say("map.change_value", { share }), order };
    },
    status: (site) => signed("statuses", "status", site.status),
    verdict: (site) => signed("verdicts", "verdict", site.verdict ?? "none"),
  };

  function unknown(key) {
    return { tone: "none", sign: NOTHING, legend: say(key), value: say(key), order: Infinity };
  }

  function signed(words, prefix, key) {
    const [tone, sign] = DATA[words][key];
    const text = say(`${prefix}.${key}`);
    return { tone, sign, legend: text, value: text, order: Object.keys(DATA[words]).indexOf(key) };
  }

  function paintMap() {
    const met = new Map();
    for (const tile of all(".tile")) {
      const site = SITES.get(tile.dataset.site);
      const shown = QUANTITIES[quantity](site);
      tile.dataset.tone = shown.tone;
      one(".tile-sign", tile).textContent = shown.sign;
      one(".visually-hidden", tile).textContent = say("map.tile", { name: site.name, value: shown.value });
      met.set(shown.legend, { ...shown, number: (met.get(shown.legend)?.number ?? 0) + 1 });
    }
    const entries = [...met.values()].sort((a, b) => a.order - b.order);
    one("#legend").replaceChildren(...entries.map((entry) => make("li", {},
      make("span", { class: "swatch", "data-tone": entry.tone, "aria-hidden": "true" }, entry.sign),
      ` ${entry.legend} `, soft(`(${writeNumber(entry.number)})`))));
  }

  function startMap() {
    for (const button of all("[data-quantity]")) {
      button.addEventListener("click", () => {
        quantity = button.dataset.quantity;
        press(all("[data-quantity]"), button);
        paintMap();
      });
    }
    const tell = (event) => {
      const tile = event.target.closest(".tile");
      if (tile) one("#map-hint").textContent = one(".visually-hidden", tile).textContent;
    };
    one("#map").addEventListener("pointerover", tell);
    one("#map").addEventListener("focusin", tell);
  }

  /* The table of all sites */

  const FILTERS = ["region", "kind", "status", "verdict"];
  const rows = all("#site-table tbody tr");
  const columns = all("#site-table thead th");

  /** Danish letters as they are often typed, so that århus finds Aarhus. */
  const plain = (text) => text.toLocaleLowerCase("da").replace(/å/g, "aa").replace(/æ/g, "ae").replace(/ø/g, "oe");

  function filterRows() {
    const text = plain(one("#filter-text").value.trim());
    const wanted = FILTERS.map((name) => [name, one(`#filter-${name}`).value]).filter(([, value]) => value);
    for (const row of rows) {
      const isWanted = wanted.every(([name, value]) => row.dataset[name] === value);
      row.hidden = !isWanted || !plain(row.dataset.name).includes(text);
    }
    tellShown();
  }

  function tellShown() {
    const shown = rows.filter((row) => !row.hidden).length;
    one("#sites-shown").textContent = say("sites.shown", { shown, all: rows.length });
    one("#sites-nothing").hidden = shown > 0;
  }

  function sortRows(index) {
    const isNumber = columns[index].classList.contains("number");
    const was = columns[index].getAttribute("aria-sort");
    const usual = isNumber ? "descending" : "ascending";
    const direction = was === "none" ? usual : was === "ascending" ? "descending" : "ascending";
    for (const column of columns) column.setAttribute("aria-sort", "none");
    columns[index].setAttribute("aria-sort", direction);
    const collator = new Intl.Collator(LOCALES[language], { numeric: true });
    const turn = direction === "ascending" ? 1 : -1;
    const values = new Map(rows.map((row) => [row, sortValue(row.cells[index], isNumber)]));
    const compare = (a, b) => (isNumber ? a - b : collator.compare(a, b));
    const sorted = [...rows].sort((first, second) => {
      const a = values.get(first), b = values.get(second);
      if (a === null || b === null) return (a === null) - (b === null); // what has no value is last, either way
      return turn * compare(a, b);
    });
    one("#site-table tbody").append(...sorted);
  }

  function sortValue(cell, isNumber) {
    if (!isNumber) return (one(".badge [data-text]", cell) ?? cell).textContent.trim(); // a badge without its sign
    const number = one("[data-number]", cell);
    return number ? Number(number.dataset.number) : null;
  }

  function startTable() {
    one("#filter-text").addEventListener("input", filterRows);
    for (const name of FILTERS) one(`#filter-${name}`).addEventListener("change", filterRows);
    one("#filter-reset").addEventListener("click", () => {
      one("#filter-text").value = "";
      for (const name of FILTERS) one(`#filter-${name}`).value = "";
      filterRows();
      one("#filter-text").focus();
    });
    columns.forEach((column, index) => one("button", column).addEventListener("click", () => sortRows(index)));
  }

  /* The page of one site */

  const siteLink = (site, ...children) => make("a", { href: `#site-${encodeURIComponent(site.site)}` }, ...children);

  const section = (key, ...children) => make("section", {}, make("h2", {}, say(key)), ...children);

  /** Only addresses of the web become links; they open without telling where the reader came from. */
  function pageLink(address) {
    let url;
    try {
      url = new URL(address);
    } catch {
      return soft(foreign(address));
    }
    if (url.protocol !== "https:" && url.protocol !== "http:") return soft(foreign(address));
    const shown = decodedAddress(url);
    return make("a",
      { href: url.href, rel: "noreferrer noopener", target: "_blank", referrerpolicy: "no-referrer", class: "address" },
      foreign(shown.length > MAX_ADDRESS ? `${shown.slice(0, MAX_ADDRESS)}…` : shown),
      make("span", { class: "visually-hidden" }, ` (${say("site.new_window")})`));
  }

  function decodedAddress(url) {
    const path = url.pathname + url.search;
    try {
      return url.host + decodeURI(path);
    } catch {
      return url.host + path;
    }
  }

  function examples(texts) {
    return make("ul", { class: "examples" }, texts.map(({ text, url }) => make("li", {},
      paragraph(text ? quoted(text) : soft(say("site.no_text_shown"))), url ? pageLink(url) : null)));
  }

  function sitePage(site) {
    const where = [say(`kind.${site.kind}`), site.region, site.area, say("site.code", { code: site.site })];
    return [
      make("p", { class: "back" }, make("a", { href: "#overview" }, hidden("← "), say("site.back"))),
      make("div", { class: "opening" },
        make("h1", { tabindex: "-1" }, foreign(site.name)),
        make("p", { class: "soft" }, foreign(where.filter(Boolean).join(" · ")))),
      stateSection(site),
      cards(site),
      changesSection(site),
      ...(site.funnel.length ? textSections(site) : [section("funnel.heading", paragraph(say("funnel.empty")))]),
      neighbours(site),
    ];
  }

  /** What a site without pages has nothing of. */
  function textSections(site) {
    return [
      funnelSection(site),
      section("site.kept",
        site.examples_kept.length ? examples(site.examples_kept) : paragraph(say("site.kept_none"))),
      droppedSection(site),
      boilerplateSection(site),
      personalSection(site),
      distributionsSection(site),
    ];
  }

  function stateSection(site) {
    const lines = [say(`status_means.${site.status}`)];
    if (site.freshness === "carried" && site.status !== "carried") lines.push(say("site.carried_too"));
    if (site.is_thin && site.status !== "thin") lines.push(say("status_means.thin"));
    const given = [["site.reason", "reason"], ["site.reservation", "reservation"]].filter(([, name]) => site[name]);
    const reasons = site.verdict_reasons.map((reason) => make("li", {}, say(`look.${reason.kind}`, reason.numbers)));
    return section("site.state", make("dl", { class: "verdict" },
      make("dt", {}, say("word.status")),
      make("dd", {}, badge("statuses", site.status), paragraph(lines.join(" ")),
        given.map(([key, name]) => make("p", { class: "soft" }, say(key), " ", english(site[name])))),
      make("dt", {}, say("word.verdict")),
      make("dd", {}, badge("verdicts", site.verdict ?? "none"), reasons.length ? make("ul", {}, reasons) : null)));
  }

  function cards(site) {
    const card = (label, value, change) => make("li", { class: "card" },
      make("p", { class: "label" }, label), make("p", { class: "value" }, value), change ? paragraph(change) : null);
    const isCounted = (totals, key) => totals[key] !== null && totals[key] !== undefined;
    const since = (key) => (DATA.before && (!site.before || isCounted(site.before, key))
      ? changeText(site.totals[key], site.before?.[key]) : null);
    const shown = DATA.figures.filter((key) => isCounted(site.totals, key));
    const figures = shown.map((key) => card(say(`word.${key}`), writeNumber(site.totals[key]), since(key)));
    const mean = card(say("site.mean_words"), writeNumber(site.mean_words, "decimal"),
      site.mean_words_before === null ? null : say("site.mean_words_before", { number: site.mean_words_before }));
    return section("figures.heading", make("ul", { class: "cards" }, figures, mean),
      DATA.before ? make("p", { class: "soft" }, say("site.since", { name: DATA.before })) : null);
  }

  function changesSection(site) {
    if (!site.pages || !site.sentences) return section("changes.heading", paragraph(say("site.no_changes")));
    const pages = DATA.page_changes.map((key) => [say(`pages.${key}`), site.pages[key] ?? 0]);
    const causes = DATA.causes.map((cause) => [
      say(cause === "site" ? "cause.this_site" : `cause.${cause}`),
      writeNumber(site.sentences.new[cause] ?? 0, "signed"),
      writeNumber(-(site.sentences.gone[cause] ?? 0), "signed"),
    ]);
    const keys = ["sentences.cause", "sentences.new", "sentences.gone"];
    const note = DATA.knows_bytes ? null : make("p", { class: "note" }, say("changes.bytes_unknown"));
    return section("changes.heading", note, make("div", { class: "columns" },
      barTable(say("changes.pages"), pages),
      make("div", {}, numberTable(keys, causes, { caption: say("changes.sentences") }),
        make("p", { class: "soft" }, say("sentences.kept", { number: site.sentences.kept })))));
  }

  function funnelSection(site) {
    const part = (key, steps) => {
      const most = Math.max(1, ...steps.map((step) => step.number));
      const items = steps.map((step) => funnelStep(step, most));
      return make("div", {}, make("h3", {}, say(key)), make("ol", { class: "steps" }, items));
    };
    const isFirst = (step) => DATA.first_part.includes(step.key);
    return section("funnel.heading", make("div", { class: "funnel" },
      part("funnel.pages_part", site.funnel.filter(isFirst)),
      part("funnel.sentences_part", site.funnel.filter((step) => !isFirst(step)))));
  }

  function funnelStep(step, most) {
    const lost = step.lost.filter((loss) => loss.level !== "block"); // blocks are no part of the step's number
    const number = lost.reduce((sum, loss) => sum + loss.number, 0);
    const losses = lost.map((loss) => [say(`drop.${loss.reason}`), loss.number]);
    const blocks = step.lost.filter((loss) => loss.level === "block").map((loss) => make("p", { class: "soft" },
      say("funnel.blocks", { number: loss.number, reason: { key: `drop.${loss.reason}` } })));
    const share = step.number ? number / step.number : 0;
    return make("li", {},
      make("p", { class: "step" },
        make("span", {}, say(`step.${step.key}`)), " ", make("strong", {}, writeNumber(step.number))),
      bar(step.number, most),
      losses.length
        ? make("details", { open: "" }, make("summary", {}, say("funnel.lost", { number, share })),
          barTable(null, losses, { kind: "lost", most: step.number }))
        : null,
      blocks);
  }

  function droppedSection(site) {
    if (!site.examples_dropped.length) return section("site.dropped", paragraph(say("site.dropped_none")));
    return section("site.dropped", paragraph(say("site.dropped_lead")),
      site.examples_dropped.map(({ reason, texts }, index) =>
        make("details", index ? {} : { open: "" }, make("summary", {}, say(`drop.${reason}`)), examples(texts))));
  }

  function boilerplateSection(site) {
    const { number, examples: pieces } = site.boilerplate;
    if (!number) return section("site.boilerplate", paragraph(say("site.boilerplate_none")));
    const rows = pieces.map((piece) => [quoted(piece.text), writeNumber(piece.num_pages)]);
    return section("site.boilerplate", paragraph(say("site.boilerplate_lead", { number })),
      numberTable(["site.text", "site.num_pages"], rows, { class: "narrow" }));
  }

  function personalSection(site) {
    const found = site.personal_data.map(({ kind, count }) => [say(`personal_kind.${kind}`), count]);
    return section("personal.heading", found.length
      ? [paragraph(say("personal.short")), barTable(null, found)] : paragraph(say("personal.none")));
  }

  function distributionsSection(site) {
    const bins = (name) => {
      const counts = site[name];
      const first = counts.findIndex(Boolean), last = counts.findLastIndex(Boolean); // without the empty ends
      const rows = counts.map((number, index) => [say(DATA.bins[name][index].key, DATA.bins[name][index]), number]);
      return barTable(say(`picture.${name}`), rows.slice(Math.max(first, 0), last + 1));
    };
    const quarters = (name) =>
      barTable(say(`table.${name}`), DATA.quarters.map((quarter, index) => [quarter, site[name][index]]));
    return section("distributions.heading",
      make("div", { class: "columns" },
        bins("lengths"), bins("scores"), quarters("first_seen"), quarters("last_changed")),
      make("p", { class: "soft" }, say("site.near_duplicates", site.near_duplicates)));
  }

  function neighbours(site) {
    const index = DATA.sites.indexOf(site);
    const link = (other, key, side) =>
      (other ? siteLink(other, make("span", { class: side }, foreign(say(key, { name: other.name })))) : make("span"));
    return make("nav", { class: "neighbours", "aria-label": say("site.neighbours") },
      link(DATA.sites[index - 1], "site.previous", "previous"), link(DATA.sites[index + 1], "site.next", "next"));
  }

  /* Which page is shown: #site-0540 is that of Sønderborg, anything else the overview */

  let shownSite = null;
  let left = { scroll: 0, link: null }; // where in the overview the reader was

  function routedSite() {
    if (!location.hash.startsWith("#site-")) return null;
    try {
      return SITES.get(decodeURIComponent(location.hash.slice("#site-".length))) ?? null;
    } catch {
      return null;
    }
  }

  function showRoute() {
    const site = routedSite();
    const name = DATA.name;
    document.title = site ? say("title.site", { site: site.name, name }) : say("title.page", { name });
    one("#overview").hidden = site !== null;
    one("#site").hidden = site === null;
    one("#site").replaceChildren(...(site ? sitePage(site) : []));
  }

  function followRoute() {
    const before = shownSite;
    const site = routedSite();
    showRoute();
    shownSite = site;
    if (site) {
      scrollTo(0, 0);
      one("#site h1").focus({ preventScroll: true });
    } else if (before) {
      returnToOverview();
    }
  }

  function returnToOverview() {
    const target = location.hash === "#overview" ? null : document.getElementById(location.hash.slice(1));
    if (target) {
      target.scrollIntoView();
    } else {
      scrollTo(0, left.scroll);
      (left.link ?? one("#overview h1")).focus({ preventScroll: true });
    }
  }

  function startRoutes() {
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      if (link?.classList.contains("skip")) {
        event.preventDefault(); // the address says which page is shown
        one("#content").focus();
      } else if (link && !shownSite) {
        left = { scroll: scrollY, link };
      }
    });
    addEventListener("hashchange", followRoute);
    shownSite = routedSite();
  }

  /* Printing: what is folded is unfolded, but for numbers that are drawn as well */

  function startPrinting() {
    let folded = [];
    addEventListener("beforeprint", () => {
      folded = all("details:not([open])").filter((details) => !details.closest(".picture-frame"));
      for (const details of folded) details.open = true;
    });
    addEventListener("afterprint", () => {
      for (const details of folded) details.open = false;
    });
  }

  document.documentElement.classList.add("scripted");
  startChoices();
  startMap();
  startTable();
  startRoutes();
  startPrinting();
  chooseLanguage(kept("language", Object.keys(DATA.texts)) ?? "da");
})();
