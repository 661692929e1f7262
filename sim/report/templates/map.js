"use strict";
(function () {
  // A map with areas: a select, clicks on groups and names, and a switch for flows; all texts come with the page's data.
  function element(name, attributes, text) {
    var made = document.createElement(name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (text) { made.textContent = text; }
    return made;
  }
  function escaped(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }
  function fill(template, values) {
    return template.replace(/\{(\w+)\}/g, function (whole, key) { return key in values ? values[key] : whole; });
  }
  // Steps of whole numbers to places, and these to marks and paths as Plotly takes them; see sketch.py.
  function places(legs, digits) {
    var unit = Math.pow(10, digits), x = 0, y = 0;
    return legs.map(function (leg) {
      var u = x += leg[0], v = y += leg[1], found = [[u / unit, v / unit]];
      for (var i = 2; i < leg.length; i += 2) { found.push([(u += leg[i]) / unit, (v += leg[i + 1]) / unit]); }
      return found;
    });
  }
  function figure(sketch) {
    var data = sketch.marks.map(function (mark) {
      var own = places(mark.legs, sketch.digits)[0] || [], trace = Object.assign({}, mark);
      delete trace.legs;
      trace.x = own.map(function (place) { return place[0]; });
      trace.y = own.map(function (place) { return place[1]; });
      return trace;
    });
    var shapes = sketch.paths.map(function (path) {
      var shape = Object.assign({}, path);
      shape.path = places(path.legs, sketch.digits).map(function (leg) {
        if (path.kind === "arc") { return "M" + leg[0] + "Q" + leg[1] + " " + leg[2]; }
        return "M" + leg.join("L") + (path.kind === "area" ? "Z" : "");
      }).join("");
      delete shape.legs;
      delete shape.kind;
      return shape;
    });
    return { data: data, layout: Object.assign({ shapes: shapes }, sketch.layout) };
  }
  // A table of one area in place of the table of all areas; the first cell heads its row.
  function table(view, caption) {
    var made = element("table", {});
    made.appendChild(element("caption", { "class": "note" }, caption));
    var head = made.appendChild(element("thead", {})).appendChild(element("tr", {}));
    view.head.forEach(function (cell) { head.appendChild(element("th", { scope: "col" }, cell)); });
    var body = made.appendChild(element("tbody", {}));
    view.rows.forEach(function (row) {
      var line = body.appendChild(element("tr", {}));
      row.forEach(function (cell, i) { line.appendChild(i ? element("td", {}, cell) : element("th", { scope: "row" }, cell)); });
    });
    return made;
  }
  function setUp(source) {
    var name = source.dataset.panel;
    var target = document.getElementById("figure-" + name);
    var home = document.querySelector('script[data-figure="' + name + '"]');
    var data = JSON.parse(source.textContent);
    if (!target || !home || !data.views) { return; }
    var card = target.closest(".card"), bar = card.querySelector(".zoom");
    var folded = card.querySelector("details"), areas = folded && folded.querySelector(".scroll table");
    var shown = -1, flows = true, whole = null, select = null;
    var status = element("p", { "class": "note", role: "status", "aria-live": "polite" }, data.status);
    if (data.views.length) {
      var label = element("label", {}, data.choose + " ");
      select = label.appendChild(element("select", { "aria-controls": target.id }));
      select.appendChild(element("option", { value: "-1" }, data.whole));
      data.views.forEach(function (view, i) { select.appendChild(element("option", { value: String(i) }, view.name)); });
      select.addEventListener("change", function () { show(Number(select.value)); });
      bar.insertBefore(label, bar.firstChild);
    }
    if (data.flows) {
      var tick = element("label", {}), box = tick.appendChild(element("input", { type: "checkbox" }));
      box.checked = true;
      tick.appendChild(document.createTextNode(" " + data.flows));
      box.addEventListener("change", function () { flows = box.checked; draw(); });
      bar.appendChild(tick);
    }
    bar.insertAdjacentElement("afterend", status);

    function figureOf(index) {
      if (index < 0) { return whole = whole || JSON.parse(home.textContent); }
      var view = data.views[index];
      if (!view.figure) {
        var rows = {};
        view.members.forEach(function (member, i) { rows[member] = view.rows[i]; });
        view.figure = figure(view.sketch);
        view.figure.data.forEach(function (trace) {
          if (trace.meta === "point") {
            trace.hovertext = trace.customdata.map(function (member) {
              var row = rows[member].map(escaped);
              return fill(data.hover, { name: row[0], orders: row[1], p90: row[2] });
            });
          }
        });
      }
      return view.figure;
    }
    function draw() {
      var drawn = figureOf(shown), layout = Object.assign({}, target.layout);
      ["xaxis", "yaxis"].forEach(function (key) { layout[key] = JSON.parse(JSON.stringify(drawn.layout[key])); });
      var narrow = target.clientWidth < 560;
      layout.annotations = (drawn.layout.annotations || []).filter(function (a) { return !narrow || !/worst$/.test(a.name || ""); });
      layout.shapes = (drawn.layout.shapes || []).filter(function (shape) { return flows || shape.name !== "flow"; });
      layout.dragmode = false;
      layout.width = target.clientWidth;
      var traces = drawn.data.filter(function (trace) { return flows || trace.meta !== "flow"; });
      return Plotly.react(target, traces, layout);
    }
    // The table of an area is made when it is seen.
    function fillTable() {
      if (!areas || !folded.open) { return; }
      var view = shown < 0 ? null : data.views[shown];
      folded.querySelector(".scroll").replaceChildren(view ? table(view, fill(data.caption, { area: view.name })) : areas);
    }
    if (folded) { folded.addEventListener("toggle", fillTable); }
    function show(index) {
      shown = index;
      if (select) { select.value = String(index); }
      var view = index < 0 ? null : data.views[index];
      fillTable();
      status.textContent = view ? view.status : data.status;
      return draw();
    }
    // Before the page's own answer to the button: the whole network comes back with its groups and its table.
    bar.addEventListener("click", function (event) {
      if (event.target.dataset.zoom === "home") { event.stopPropagation(); show(-1); }
    });
    function listen() {
      target.on("plotly_click", function (event) {
        var point = event.points[0], kind = point.data.meta;
        if (shown < 0 && select && (kind === "group" || kind === "point")) { show(kind === "group" ? point.customdata : data.areas[point.customdata]); }
      });
      target.on("plotly_clickannotation", function (event) {
        var found = /^area (\d+)/.exec(event.annotation.name || "");
        if (shown < 0 && select && found) { show(Number(found[1])); }
      });
    }
    if (target.dataset.drawn) { listen(); return; }
    var watcher = new MutationObserver(function () {
      if (target.dataset.drawn) { watcher.disconnect(); listen(); }
    });
    watcher.observe(target, { attributes: true, attributeFilter: ["data-drawn"] });
  }
  document.querySelectorAll("script[data-panel]").forEach(setUp);
})();
