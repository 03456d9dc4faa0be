"use strict";
(() => {
  const { names, columns, has_reasons: hasReasons, has_clock: hasClock, zone } = JSON.parse(document.getElementById("content").textContent);
  const N = columns.interaction_id.length;
  const FEW = 8, PAPER = 500, DASH = "–"; // rows that are ready above and below the window, rows that are printed
  const ALARMS = new Set(["complained", "defect", "escalated", "reopened", "returned", "refunded", "abandoned", "transferred"]);
  const find = (selector, place = document) => place.querySelector(selector);
  const list = find(".list"), heads = find(".heads"), rows = find(".rows"), details = find("#details"), form = find(".filters");
  const isWide = matchMedia("(min-width: 1081px)");

  // every text of data is set as text, never as HTML
  const make = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, value);
    made.append(...children.filter((child) => child !== null));
    return made;
  };
  const named = (column, i) => (columns[column][i] === null ? null : names[column][columns[column][i]]);
  const plain = (name) => name.replaceAll("_", " ");
  const percent = (share) => (share === null ? DASH : `${Math.round(100 * share)} %`);
  const amount = (value) => value === null ? DASH : value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) >= 10 ? 0 : 1 }).replaceAll(",", "\u2009");
  const interval = (i) => columns.risk_low[i] === null ? "" : `${percent(columns.risk_low[i]).replace(" %", "")} to ${percent(columns.risk_high[i])}`;
  const customer = (i) => columns.customer_id[i] ?? "unknown customer";
  const reasonsOf = (i) => (hasReasons ? columns.reasons[i] : null);
  const reasonOf = (i) => reasonsOf(i)?.[0] ?? "";
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const where = (i, ...more) => [columns.interaction_id[i], ...["venue", "channel", ...more].map((one) => named(one, i))].filter(Boolean).join(" · ");
  const has = (column) => (columns[column] ?? []).some((value) => value !== null);

  const times = (() => {
    const format = (timeZone) => [
      new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit" }),
      new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", day: "numeric", month: "long", year: "numeric" }),
    ];
    let used = zone, both;
    try { both = format(zone); } catch { [used, both] = ["UTC", format("UTC")]; } // a zone that the browser does not know
    return { zone: used, time: (s) => both[0].format(1000 * s), day: (s) => both[1].format(1000 * s) };
  })();
  const span = (seconds) => {
    for (const [size, unit] of [[86400, "days"], [3600, "h"], [60, "min"]]) if (seconds >= 2 * size) return `${Math.round(seconds / size)} ${unit}`;
    return `${seconds} s`;
  };

  // with a policy what a contact saves, else what is lost without one
  const money = has("expected_saving") ? { column: "expected_saving", title: "Saving" } : { column: "expected_loss", title: "Loss" };

  // what the list can be sorted by: a number or a text of each row, and whether the highest is first
  const orders = [
    { key: "place", title: "Place", of: (i) => i },
    { key: "customer", title: "Customer", of: (i) => customer(i).toLowerCase() },
    { key: "risk", title: "Risk", of: (i) => columns.dissatisfaction_risk[i], isFalling: true },
    { key: "value", title: "Value", of: (i) => columns.customer_value[i], isFalling: true, isLeftOut: !has("customer_value") },
    { key: "money", title: money.title, of: (i) => columns[money.column][i], isFalling: true, isLeftOut: !has(money.column) },
    { key: "moment", title: "Latest moment", of: (i) => columns.as_of[i], isFalling: true, isLeftOut: !hasClock },
  ].filter((one) => !one.isLeftOut);
  let order = orders[0], isReversed = false, shown = [], active = 0, size = 0;
  const drawn = new Map(); // rows in the page, by their place in `shown`

  const bar = (i) => {
    const low = 100 * (columns.risk_low[i] ?? columns.dissatisfaction_risk[i]), high = 100 * (columns.risk_high[i] ?? columns.dissatisfaction_risk[i]);
    const [range, point] = [make("i"), make("u")];
    range.style.left = `${low}%`;
    range.style.width = `${high - low}%`;
    point.style.left = `${100 * columns.dissatisfaction_risk[i]}%`;
    return make("div", { class: `bar ${named("risk_band", i) ?? "low"}`, "aria-hidden": "true" }, range, point);
  };
  const chip = (i) => make("span", { class: `chip ${named("risk_band", i) ?? "low"}` }, named("risk_band", i) ?? DASH);
  const cells = {
    place: (i) => [String(i + 1)],
    who: (i) => [make("button", { type: "button", tabindex: "-1", "aria-haspopup": "dialog" }, customer(i)), make("span", {}, where(i))],
    risk: (i) => [make("b", {}, percent(columns.dissatisfaction_risk[i])), make("small", {}, interval(i)), bar(i)],
    band: (i) => [chip(i)],
    value: (i) => [amount(columns.customer_value[i])],
    money: (i) => [amount(columns[money.column][i])],
    why: (i) => [capital(reasonOf(i))],
  };
  const shape = [ // key, width, style, title, and what a click on the title sorts by
    ["place", "2.6em", "place number", "#", "place"],
    ["who", "minmax(150px, 1.5fr)", "who", "Customer", "customer"],
    ["risk", "150px", "risk", "Risk, interval", "risk"],
    ["band", "82px", "band", "Band", null],
    ["value", "84px", "value number", "Value", "value"],
    ["money", "84px", "money number", money.title, "money"],
    ["why", "minmax(130px, 1.2fr)", "why", "Main reason", null],
  ].filter(([key, , , , sort]) => (sort === null || orders.some((one) => one.key === sort)) && (key !== "why" || hasReasons));
  list.style.setProperty("--columns", shape.map(([, width]) => width).join(" "));

  const row = (place) => {
    const i = shown[place], made = make("div", { role: "row", "aria-rowindex": String(place + 2) },
      ...shape.map(([key, , style]) => make("div", { role: "cell", class: style }, ...cells[key](i))));
    made.dataset.place = place;
    return made;
  };
  const height = () => parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row"));

  const draw = () => {
    const top = -rows.getBoundingClientRect().top;
    const from = Math.max(0, Math.floor(top / size) - FEW), to = Math.min(shown.length, Math.ceil((top + innerHeight) / size) + FEW);
    for (const [place, made] of drawn) {
      if ((place < from || place >= to) && place !== active) { made.remove(); drawn.delete(place); }
    }
    const add = (place) => {
      if (drawn.has(place) || place >= shown.length) return;
      const made = row(place);
      made.style.transform = `translateY(${place * size}px)`;
      const next = [...drawn.keys()].filter((one) => one > place).reduce((least, one) => Math.min(least, one), Infinity);
      rows.insertBefore(made, drawn.get(next) ?? null);
      drawn.set(place, made);
    };
    for (let place = from; place < to; place += 1) add(place);
    add(active);
    for (const [place, made] of drawn) {
      const button = find("button", made);
      made.classList.toggle("chosen", place === active && isWide.matches);
      button.tabIndex = place === active ? 0 : -1;
      button.ariaCurrent = String(place === active);
    }
  };
  const restart = () => {
    size = height();
    rows.replaceChildren();
    drawn.clear();
    rows.style.height = `${shown.length * size}px`;
    list.setAttribute("aria-rowcount", String(shown.length + 1));
    find(".none").hidden = shown.length > 0;
    draw();
  };

  const pair = (name, value) => make("div", {}, make("dt", {}, name), make("dd", {}, value));
  const timeLine = (i) => {
    const line = make("ol", { class: "time" });
    const end = columns.as_of[i];
    let day = null, last = null;
    const add = (before, style, title, actor, text) => {
      const at = end - before;
      if (hasClock && times.day(at) !== day) line.append(make("li", { class: "day" }, (day = times.day(at))));
      const gap = last === null || last === before || !hasClock ? "" : `+${span(last - before)}`;
      line.append(make("li", { class: style }, make("span", {}, hasClock ? times.time(at) : ""),
        make("b", {}, title, actor ? make("span", {}, ` by ${actor}`) : null), make("em", {}, gap), text ? make("q", {}, text) : null));
      last = before;
    };
    if (columns.n_earlier[i]) line.append(make("li", { class: "day" }, `${columns.n_earlier[i]} earlier events are left out`));
    columns.kind[i].forEach((kind, k) => {
      const name = names.kind[kind], actor = columns.actor[i][k] === null ? null : names.actor[columns.actor[i][k]];
      const style = ALARMS.has(name) ? "alarm" : actor === "customer" ? "customer" : actor === "staff" || actor === "manager" ? "staff" : "system";
      add(columns.seconds_before[i][k], style, plain(name), actor, columns.text?.[i][k]);
    });
    add(0, "now", "scored", null, null);
    return line;
  };
  // the top of the details stays, so that its buttons keep the focus; the rest is made anew for each customer
  const press = (label, title, style, act) => {
    const button = make("button", { type: "button", class: style, "aria-label": label }, title);
    button.addEventListener("click", act);
    return button;
  };
  const step = (by) => { choose(active + by); if ((by < 0 ? previous : next).disabled) details.focus(); };
  const previous = press("Previous customer", "↑", null, () => step(-1)), next = press("Next customer", "↓", null, () => step(1));
  const placeName = make("p", { class: "kicker" }), about = make("div");
  details.append(make("div", { class: "top" }, placeName, make("div", { class: "steps" }, previous, next, press(null, "Close", "shut", () => details.close()))), about);
  const fill = (i) => {
    const quality = named("data_quality", i), stage = named("stage", i);
    placeName.textContent = `Place ${i + 1}`;
    [previous.disabled, next.disabled] = [active === 0, active === shown.length - 1];
    about.replaceChildren(
      make("h2", {}, customer(i)), make("p", { class: "where" }, where(i, "product")),
      make("p", { class: "big" }, make("b", {}, percent(columns.dissatisfaction_risk[i])), chip(i), make("span", {}, interval(i) && `90 % interval ${interval(i)}`)), bar(i),
      make("dl", {},
        has("customer_value") ? pair("Value", amount(columns.customer_value[i])) : null,
        has(money.column) ? pair(money.title, amount(columns[money.column][i])) : null,
        has("effect") ? pair("If contacted, risk lower by", `${Math.round(-100 * columns.effect[i])} points`) : null,
        stage ? pair("Stage", plain(stage)) : null,
        quality && quality !== "ok" ? pair("Data", `${quality}: facts are missing`) : null),
      make("h3", {}, "Why"),
      reasonsOf(i)?.length ? make("ol", { class: "reasons" }, ...reasonsOf(i).map((text) => make("li", {}, capital(text))))
        : make("p", { class: "text" }, reasonsOf(i) ? "No single fact raises the risk." : `No reasons were computed${hasReasons ? " for this band" : ""}. Score with `, reasonsOf(i) ? null : make("code", {}, "--reasons")),
      make("h3", {}, "What has happened"),
      make("p", { class: "text" }, hasClock ? `Up to the moment of the score; times in ${times.zone}.` : "In the order of the records, which have no clock."),
      timeLine(i));
    details.scrollTop = 0;
  };

  // choose a row: it is scrolled into view, and its details are shown beside it or, on a phone, when it is opened
  const choose = (place, isFocused = false) => {
    find(".desk").classList.toggle("empty", !shown.length);
    if (!shown.length) return;
    active = Math.max(0, Math.min(place, shown.length - 1));
    const box = rows.getBoundingClientRect(), top = box.top + active * size, above = heads.offsetHeight;
    if (isFocused && top < above) scrollBy({ top: top - above, behavior: "instant" });
    else if (isFocused && top + size > innerHeight) scrollBy({ top: top + size - innerHeight, behavior: "instant" });
    draw();
    fill(shown[active]);
    if (isFocused) find("button", drawn.get(active)).focus({ preventScroll: true });
  };
  const open = (place) => {
    choose(place);
    if (!isWide.matches && !details.open) details.showModal();
    if (isWide.matches) details.focus({ preventScroll: true });
  };
  details.addEventListener("close", () => choose(active, true));
  details.addEventListener("keydown", (event) => { if (event.key === "Escape" && isWide.matches) choose(active, true); });
  rows.addEventListener("click", (event) => {
    const made = event.target.closest("[role=row]");
    if (made && isWide.matches) choose(Number(made.dataset.place), true);
    else if (made) open(Number(made.dataset.place));
  });
  rows.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(innerHeight / size) - 2);
    const to = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: shown.length - 1 }[event.key];
    if (to !== undefined) { event.preventDefault(); choose(to, true); }
    if (event.key === "Enter") { event.preventDefault(); open(active); }
  });

  const searched = Array.from({ length: N }, (_, i) => `${columns.customer_id[i] ?? ""}\n${columns.interaction_id[i]}`.toLowerCase());
  const filters = ["risk_band", "venue", "channel", "stage"];
  const update = () => {
    const text = form.elements.find.value.trim().toLowerCase();
    const wanted = filters.map((name) => [columns[name], form.elements[name].value]).filter(([, value]) => value !== "").map(([column, value]) => [column, value === "none" ? null : Number(value)]);
    const kept = [];
    for (let i = 0; i < N; i += 1) {
      if (wanted.every(([column, value]) => column[i] === value) && (!text || searched[i].includes(text))) kept.push(i);
    }
    const values = Array.from({ length: N }, (_, i) => order.of(i));
    const isFalling = Boolean(order.isFalling) !== isReversed, sign = isFalling ? -1 : 1;
    // unknown values come last, equal ones in the order of the list
    kept.sort((a, b) => {
      const [x, y] = [values[a], values[b]];
      if (x === y) return a - b;
      if (x === null || y === null) return x === null ? 1 : -1;
      return x < y ? -sign : sign;
    });
    [shown, active] = [kept, 0];
    for (const head of heads.querySelectorAll("[data-order]")) head.setAttribute("aria-sort", head.dataset.order !== order.key ? "none" : isFalling ? "descending" : "ascending");
    find(".count").textContent = `${amount(shown.length)} of ${amount(N)} customers, sorted by ${order.title.toLowerCase()}${isFalling ? ", highest first" : ""}`;
    if (rows.getBoundingClientRect().top < 0) scrollTo({ top: list.getBoundingClientRect().top + scrollY - 4, behavior: "instant" });
    restart();
    choose(0);
  };
  const sortBy = (key, reversed) => {
    order = orders.find((one) => one.key === key);
    isReversed = reversed;
    form.elements.order.value = `${key}${reversed ? " reversed" : ""}`;
    update();
  };

  heads.append(make("div", { role: "row", "aria-rowindex": "1" }, ...shape.map(([, , style, title, sort]) => {
    const button = sort ? make("button", { type: "button", "aria-label": title === "#" ? "Place" : null }, title) : title;
    if (sort) button.addEventListener("click", () => sortBy(sort, order.key === sort && !isReversed));
    return make("div", { role: "columnheader", class: style, "data-order": sort }, button);
  })));
  for (const name of filters) {
    const menu = form.elements[name], counts = new Map();
    for (const value of columns[name]) counts.set(value, (counts.get(value) ?? 0) + 1);
    menu.append(make("option", { value: "" }, "all"), ...names[name].map((one, place) => make("option", { value: String(place) }, `${name === "stage" ? plain(one) : one} (${amount(counts.get(place))})`)));
    if (counts.has(null)) menu.append(make("option", { value: "none" }, `unknown (${amount(counts.get(null))})`));
    menu.closest("label").hidden = counts.size < 2;
  }
  for (const one of orders) {
    const [usual, other] = one.isFalling ? [", highest first", ", lowest first"] : ["", ", last first"];
    form.elements.order.append(make("option", { value: one.key }, one.title + usual), make("option", { value: `${one.key} reversed` }, one.title + other));
  }
  form.addEventListener("input", (event) => {
    const [key, reversed] = form.elements.order.value.split(" ");
    if (event.target.name === "order") sortBy(key, Boolean(reversed)); else update();
  });
  form.addEventListener("reset", () => setTimeout(() => sortBy("place", false)));
  form.addEventListener("submit", (event) => event.preventDefault());

  const adapt = () => {
    if (details.open && details.matches(":modal")) details.close();
    details.toggleAttribute("open", isWide.matches);
    restart();
  };
  const paper = find(".paper");
  const print = () => {
    const parts = [
      ["", "tick", () => ["☐"]],
      ["#", "number", (i) => [String(i + 1)]],
      ["Customer", "name", (i) => [make("strong", {}, customer(i)), make("br"), where(i)]],
      ["Risk", "short", (i) => [make("strong", {}, percent(columns.dissatisfaction_risk[i])), make("br"), interval(i)]],
      ["Band", "short", (i) => [named("risk_band", i) ?? DASH]],
      has("customer_value") ? ["Value", "number", (i) => [amount(columns.customer_value[i])]] : null,
      has(money.column) ? [money.title, "number", cells.money] : null,
      hasReasons ? ["Why", "", (i) => [make("ul", {}, ...(reasonsOf(i) ?? []).map((text) => make("li", {}, capital(text))))]] : null,
    ].filter(Boolean);
    const line = (i) => make("tr", {}, ...parts.map(([, style, of]) => make("td", { class: style }, ...of(i))));
    const rest = shown.length - PAPER;
    paper.replaceChildren(make("p", {}, find(".count").textContent + (rest > 0 ? `; the first ${PAPER} are printed, filter the list to print others` : "")),
      make("table", {}, make("thead", {}, make("tr", {}, ...parts.map(([title, style]) => make("th", { scope: "col", class: style }, title)))), make("tbody", {}, ...shown.slice(0, PAPER).map(line))));
  };
  addEventListener("beforeprint", print);
  matchMedia("print").addEventListener("change", (event) => { if (event.matches) print(); });

  let pending = 0;
  const later = (what) => { cancelAnimationFrame(pending); pending = requestAnimationFrame(what); };
  addEventListener("scroll", () => later(draw), { passive: true });
  addEventListener("resize", () => later(() => (size === height() ? draw() : restart())));
  isWide.addEventListener("change", adapt);
  sortBy("place", false);
  adapt();
})();
