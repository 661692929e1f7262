"use strict";
(function () {
  var config = { responsive: false, displayModeBar: false, displaylogo: false, scrollZoom: false, doubleClick: false, showTips: false };
  var first = null;
  if (!window.Plotly) { // a shared library that is not there
    document.getElementById("no-library").hidden = false;
    document.querySelectorAll(".figure").forEach(function (target) { target.hidden = true; });
    return;
  }
  function draw(source) {
    var target = document.getElementById("figure-" + source.dataset.figure);
    var figure = JSON.parse(source.textContent);
    var meta = figure.layout.meta;
    if (meta && meta.narrowHeight && target.clientWidth < 560) {
      figure.layout.height = meta.narrowHeight;
      figure.layout.annotations = (figure.layout.annotations || []).filter(function (a) { return !/worst$/.test(a.name || ""); });
      target.style.minHeight = meta.narrowHeight + "px";
    }
    if (meta && meta.narrow && target.clientWidth < meta.narrow.below) {
      Object.assign(figure.layout, meta.narrow.layout);
      target.style.minHeight = figure.layout.height + "px";
    }
    if (meta && meta.narrow) { delete figure.layout.meta; }
    figure.layout.width = target.clientWidth;
    return Plotly.newPlot(target, figure.data, figure.layout, config).then(function () {
      if (!first) { first = performance.mark("first-figure"); }
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
  // Figures are drawn one by one, so that the page stays fluid: those near the screen first, the others when there is time; all of
  // them at once before printing.
  var waiting = new Map(), near = [], running = false;
  Array.prototype.forEach.call(document.querySelectorAll("script[data-figure]"), function (source) {
    waiting.set(document.getElementById("figure-" + source.dataset.figure), source);
  });
  function drawOne(target) {
    var source = waiting.get(target);
    waiting.delete(target);
    return source ? draw(source) : null;
  }
  function drawAll() { Array.from(waiting.keys()).forEach(drawOne); }
  function drawNear() {
    running = near.length > 0;
    if (running) {
      drawOne(near.shift());
      window.setTimeout(drawNear, 0);
    }
  }
  function drawRest() {
    if (!running && waiting.size) { drawOne(waiting.keys().next().value); }
    if (waiting.size) { window.setTimeout(drawRest, 30); }
  }
  if ("IntersectionObserver" in window) {
    var observer = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) { return; }
        observer.unobserve(entry.target);
        near.push(entry.target);
      });
      if (!running) { drawNear(); }
    }, { rootMargin: "600px" });
    waiting.forEach(function (_, target) { observer.observe(target); });
  }
  window.setTimeout(drawRest, 800);
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
