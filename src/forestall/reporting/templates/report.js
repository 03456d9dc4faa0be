"use strict";
(() => {
  const specs = JSON.parse(document.getElementById("specs").textContent);
  const places = [...document.querySelectorAll("[data-chart]")];

  // a colour is written as the name of a style variable, so that one page serves light, dark and paper
  const painted = (value, style) => {
    if (typeof value === "string") return value.startsWith("--") ? style.getPropertyValue(value).trim() : value;
    if (Array.isArray(value)) return value.map((one) => painted(one, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, painted(one, style)]));
    }
    return value;
  };

  // words in lines of at most so many letters
  const folded = (text, most) =>
    text.split("<br>").map((line) => {
      const lines = [""];
      for (const word of line.split(" ")) {
        const last = lines[lines.length - 1];
        if (last && last.length + word.length >= most) lines.push(word);
        else lines[lines.length - 1] = last ? `${last} ${word}` : word;
      }
      return lines.join("<br>");
    }).join("<br>");

  const fold = (data, layout) => {
    const named = data.flatMap((one) => (one.y || []).filter((value) => typeof value === "string"));
    const names = [...new Set(named)];
    if (names.length) Object.assign(layout.yaxis, { tickmode: "array", tickvals: names, ticktext: names.map((one) => folded(one, 18)) });
    for (const [axis, most] of [["xaxis", names.length ? 20 : 34], ["yaxis", 34]]) {
      layout[axis].title.text = folded(layout[axis].title.text, most);
    }
  };

  const draw = () => {
    const style = getComputedStyle(document.documentElement);
    for (const place of places) {
      const { data, layout } = painted(specs[place.dataset.chart], style);
      layout.height = layout.height || (place.clientWidth < 420 ? 360 : 400);
      if (place.clientWidth < 420) {
        layout.font.size = 12;
        layout.margin.r = 6;
        fold(data, layout);
        if (layout.showlegend !== false) {
          Object.assign(layout.legend, { orientation: "h", x: 0, xanchor: "left", y: -0.22, yanchor: "top" });
          layout.height += 40;
        }
      }
      Plotly.react(place, data, layout, { displayModeBar: false, responsive: true });
    }
  };

  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  matchMedia("print").addEventListener("change", draw);
})();
