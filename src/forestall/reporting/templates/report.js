"use strict";
(() => {
  const specs = JSON.parse(document.getElementById("specs").textContent);
  const places = [...document.querySelectorAll("[data-chart]")];
  const NARROW = 420; // pixels
  const PAPER = 660; // pixels: the width of a card on A4 and on US letter

  // colours are names of style variables, so that one specification serves light and dark screens and paper
  // (a name of the data may begin with "--" too)
  const withColours = (value, style, isColour = false) => {
    if (typeof value === "string") return isColour && value.startsWith("--") ? style.getPropertyValue(value).trim() : value;
    if (Array.isArray(value)) return value.map((item) => withColours(item, style, isColour));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withColours(item, style, key.includes("color"))]));
    }
    return value;
  };

  // break a text into lines of at most so many characters
  const wrapped = (text, length) =>
    text.split("<br>").map((line) => {
      const lines = [""];
      for (const word of line.split(" ")) {
        const last = lines[lines.length - 1];
        if (last && last.length + word.length >= length) lines.push(word);
        else lines[lines.length - 1] = last ? `${last} ${word}` : word;
      }
      return lines.join("<br>");
    }).join("<br>");

  const wrapAxes = (data, layout) => {
    const names = [...new Set(data.flatMap((trace) => (trace.y || []).filter((value) => typeof value === "string")))];
    if (names.length) {
      const lines = names.map((name) => wrapped(name, 18));
      Object.assign(layout.yaxis, { tickmode: "array", tickvals: names, ticktext: lines });
      // room for names of several lines, which else lie over each other
      const most = Math.max(...lines.map((name) => name.split("<br>").length));
      layout.height = Math.max(layout.height, 110 + names.length * (10 + 14 * most));
    }
    layout.xaxis.title.text = wrapped(layout.xaxis.title.text, names.length ? 20 : 34);
    layout.yaxis.title.text = wrapped(layout.yaxis.title.text, 34);
  };

  const fitToPhone = (data, layout) => {
    layout.font.size = 12;
    layout.margin.r = 6;
    wrapAxes(data, layout);
    if (layout.showlegend === false || !data.some((trace) => trace.name && trace.showlegend !== false)) return;
    const lines = layout.xaxis.title.text.split("<br>").length;
    Object.assign(layout.legend, { orientation: "h", x: 0, xanchor: "left", y: -0.19 - 0.05 * lines, yanchor: "top" });
    layout.height += 40;
  };

  const draw = (isPaper) => {
    const style = getComputedStyle(document.documentElement);
    for (const place of places) {
      const { data, layout } = withColours(specs[place.dataset.chart], style);
      const isNarrow = place.clientWidth < NARROW && !isPaper;
      layout.height = layout.height || (isNarrow ? 360 : isPaper ? 330 : 400);
      layout.width = isPaper ? PAPER : place.clientWidth;
      if (isNarrow) fitToPhone(data, layout);
      Plotly.react(place, data, layout, { displayModeBar: false });
    }
  };

  const paper = matchMedia("print");
  const redraw = () => draw(paper.matches);
  let pending = 0;
  redraw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  paper.addEventListener("change", redraw);
  addEventListener("beforeprint", () => draw(true));
  addEventListener("afterprint", () => draw(false));
  addEventListener("resize", () => {
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(redraw);
  });
})();
