"use strict";
(function () {
  var config = { responsive: false, displayModeBar: false, displaylogo: false, scrollZoom: false, doubleClick: false, showTips: false };
  function draw(source) {
    var target = document.getElementById("figure-" + source.dataset.figure);
    var figure = JSON.parse(source.textContent);
    var meta = figure.layout.meta;
    if (meta && meta.narrowHeight && target.clientWidth < 560) {
      figure.layout.height = meta.narrowHeight;
      figure.layout.annotations = (figure.layout.annotations || []).filter(function (a) { return a.name !== "worst"; });
      target.style.minHeight = meta.narrowHeight + "px";
    }
    if (meta && meta.narrow && target.clientWidth < meta.narrow.below) {
      Object.assign(figure.layout, meta.narrow.layout);
      target.style.minHeight = figure.layout.height + "px";
    }
    if (meta && meta.narrow) { delete figure.layout.meta; }
    figure.layout.width = target.clientWidth;
    return Plotly.newPlot(target, figure.data, figure.layout, config).then(function () {
      target.dataset.drawn = "yes";
      target.dataset.home = JSON.stringify([figure.layout.xaxis.range, figure.layout.yaxis.range]);
    });
  }
  function zoom(button) {
    var target = document.getElementById("figure-" + button.dataset.figure);
    var x = target.layout.xaxis.range, y = target.layout.yaxis.range;
    if (button.dataset.zoom === "home") {
      var home = JSON.parse(target.dataset.home);
      Plotly.relayout(target, { "xaxis.range": home[0], "yaxis.range": home[1], dragmode: false });
      return;
    }
    var factor = button.dataset.zoom === "in" ? 0.3 : 0.8;
    var narrow = function (r) {
      var middle = (r[0] + r[1]) / 2, half = (r[1] - r[0]) * factor;
      return [middle - half, middle + half];
    };
    Plotly.relayout(target, { "xaxis.range": narrow(x), "yaxis.range": narrow(y), dragmode: "pan" });
  }
  // Figures are drawn when they come near the screen; all of them before printing.
  var sources = Array.prototype.slice.call(document.querySelectorAll("script[data-figure]"));
  var waiting = new Map();
  function drawAll() {
    var all = Array.from(waiting.values()).map(draw);
    waiting.clear();
    return Promise.all(all);
  }
  sources.forEach(function (source) {
    waiting.set(document.getElementById("figure-" + source.dataset.figure), source);
  });
  if ("IntersectionObserver" in window) {
    var observer = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        var source = waiting.get(entry.target);
        if (entry.isIntersecting && source) {
          waiting.delete(entry.target);
          observer.unobserve(entry.target);
          draw(source);
        }
      });
    }, { rootMargin: "600px" });
    waiting.forEach(function (_, target) { observer.observe(target); });
  } else {
    drawAll();
  }
  window.setTimeout(drawAll, 1500);
  // On paper the drawings are scaled to the column: a view box for the time of printing.
  function frame(on) {
    document.querySelectorAll(".figure[data-drawn]").forEach(function (target) {
      var size = target._fullLayout;
      target.style.setProperty("--ratio", size.width + " / " + size.height);
      target.querySelectorAll(".main-svg").forEach(function (svg) {
        if (on) { svg.setAttribute("viewBox", "0 0 " + size.width + " " + size.height); } else { svg.removeAttribute("viewBox"); }
      });
    });
  }
  // Drawn anew when the width changes, but never for paper, where the view box scales.
  var pending = 0;
  window.addEventListener("resize", function () {
    window.clearTimeout(pending);
    pending = window.setTimeout(function () {
      if (window.matchMedia("print").matches) { return; }
      document.querySelectorAll(".figure[data-drawn]").forEach(function (target) {
        var width = target.clientWidth;
        if (width > 0 && Math.abs(width - target._fullLayout.width) > 1) { Plotly.relayout(target, { width: width }); }
      });
    }, 120);
  });
  window.addEventListener("beforeprint", function () { drawAll(); frame(true); });
  window.addEventListener("afterprint", function () { frame(false); });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("button[data-zoom]");
    if (button) { zoom(button); }
  });
})();
