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

  const draw = () => {
    const style = getComputedStyle(document.documentElement);
    for (const place of places) {
      const { data, layout } = painted(specs[place.dataset.chart], style);
      layout.height = layout.height || (place.clientWidth < 420 ? 360 : 400);
      if (place.clientWidth < 420) {
        layout.font.size = 12;
        layout.margin.r = 6;
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

  const opened = [];
  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details:not([open])")) {
      one.open = true;
      opened.push(one);
    }
  });
  addEventListener("afterprint", () => {
    while (opened.length) opened.pop().open = false;
  });
})();
