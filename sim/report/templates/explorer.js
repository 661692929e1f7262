"use strict";
// The page of a sweep: controls, live sentences, table and charts. All texts come with the data; all are written as text.
(function () {
  var data = JSON.parse(document.getElementById("explorer-data").textContent);
  var model = window.sweepModel(data), T = data.texts, C = data.colours, is = model.is, fill = model.fill;
  var factors = data.factors, measures = data.measures, zh = /^zh/.test(document.documentElement.lang);
  var state = { at: [], between: false, pin: null, measure: data.by };
  var start = first(data.as_it_is, data.cheapest, data.best);
  window.explorer = { data: data, model: model, state: state, render: render };

  function first() { for (var i = 0; i < arguments.length; i++) { if (arguments[i] !== null) { return arguments[i]; } } return 0; }
  function byId(name) { return document.getElementById(name); }
  function make(tag, text, name) {
    var node = document.createElement(tag);
    if (text !== undefined && text !== null) { node.textContent = text; }
    if (name) { node.className = name; }
    return node;
  }
  function empty(node) { while (node.firstChild) { node.removeChild(node.firstChild); } return node; }
  function joined(texts) {
    return texts.reduce(function (all, text) { return all === "" ? text : fill(T.list, { first: all, second: text }); }, "");
  }
  function plotText(text) { return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"); }
  function width(text) { return Array.from(text).reduce(function (sum, sign) { return sum + (sign > "\u2e7f" ? 2 : 1); }, 0); }
  function shorten(text, most) {  // Chinese signs are two wide
    if (width(text) <= most) { return text; }
    var kept = "", signs = Array.from(text);
    for (var i = 0; i < signs.length && width(kept + signs[i]) < most; i++) { kept += signs[i]; }
    return kept.trimEnd() + "\u2026";
  }

  // ---- words
  function labelOf(i, x) {
    var f = factors[i], lists = [[f.stops, f.labels], [f.fine, f.fine_labels]];
    for (var k = 0; k < 2; k++) {
      var n = lists[k][0] ? lists[k][0].indexOf(x) : -1;
      if (n >= 0) { return lists[k][1][n]; }
    }
    var gap = f.unit === "" || f.unit[0] === "/" ? "" : " ";
    return String(Number(Number(x).toPrecision(6))) + gap + f.unit;
  }
  function setting(at) {
    var said = [];
    at.forEach(function (x, i) {
      if (x !== null) { said.push(fill(T.setting, { factor: factors[i].short, value: labelOf(i, x) })); }
    });
    return said.length ? joined(said) : T.as_it_is;
  }
  function plan(p) { return setting(data.coordinates[p]); }
  function cost(p) { return model.quantity(data.cost, data.mean[data.cost][p], data.half[data.cost][p]); }
  function value(m, found) { return model.quantity(m, found.mean, found.half); }
  function span(m, found, signed) {
    var text = model.interval(m, found.mean, found.half, signed, T);
    return text === model.MISSING ? text : model.withUnit(text, measures[m].pattern);
  }
  function reference() { return state.pin !== null ? state.pin : data.as_it_is; }
  function referenceName() {
    if (state.pin !== null) { return T.pinned; }
    return data.as_it_is !== null ? T.as_it_is : "";
  }
  function targetText(m) { return model.withUnit(measures[m].target, measures[m].pattern); }

  function headline(where) {
    var chief = data.by, found = model.read(chief, where), own = where.point !== undefined && where.point === data.as_it_is;
    var values = { measure: measures[chief].small, value: value(chief, found), plan: setting(state.at) };
    if (where.none || !is(found.mean)) { return fill(T.not_simulated, values); }
    if (found.interpolated) { return fill(T.interpolated, values); }
    var groups = { 1: [], 2: [], 3: [] };
    measures.forEach(function (_, m) { var v = model.read(m, where).verdict; if (v) { groups[v].push(m); } });
    var total = groups[1].length + groups[2].length + groups[3].length, text = own ? T.own : T.other;
    function names(list) { return joined(list.map(function (m) { return measures[m].small; })); }
    if (!total) { return fill(text.is_value, values); }
    if (groups[3].length === 1) {
      var m = groups[3][0];
      return fill(text.misses_one, { measure: measures[m].small, value: value(m, model.read(m, where)), target: targetText(m) });
    }
    if (groups[3].length) { return fill(text.misses_many, { n: groups[3].length, total: total, measures: names(groups[3]) }); }
    if (groups[2].length) { return fill(text.open, { n: groups[2].length, total: total, measures: names(groups[2]) }); }
    return fill(total === 1 ? text.meets_one : text.meets_all, { n: total });
  }
  function lede(where) {
    var said = [], base = reference();
    if (where.none) { return said; }
    [data.by, data.cost].forEach(function (m, k) {
      if (m === null || (k === 1 && m === data.by)) { return; }
      var found = model.read(m, where);
      if (!is(found.mean)) { return; }
      var values = { measure: measures[m].label, value: value(m, found), interval: span(m, found), confidence: data.confidence };
      said.push(fill(is(found.half) ? T.says_interval : T.says, values));
      if (base === null || where.point === base) { return; }
      var apart = model.difference(m, where, model.pointPlace(base));
      if (!is(apart.mean)) { return; }
      values = { difference: model.quantity(m, apart.mean, apart.half, true), interval: span(m, apart, true), other: referenceName() };
      var shown = is(apart.half) && Math.abs(apart.mean) > apart.half;
      said.push(fill(!is(apart.half) ? T.apart : shown ? T.apart_shown : T.apart_open, values));
    });
    if (where.point !== undefined && data.growing[where.point]) { said.push(T.growing); }
    if (where.point === undefined) { said.push(T.nothing_shown); }
    return said;
  }

  // ---- table
  function verdictCell(verdict, interpolated) {
    var cell = make("td", null, "verdict");
    if (verdict) {
      var word = ["", T.met, T.not_shown, T.missed][verdict], mark = ["", "\u2713", "?", "\u2717"][verdict];
      cell.appendChild(make("span", mark + " " + word, ["", "met", "open", "missed"][verdict]));
    }
    if (interpolated && !verdict) { cell.textContent = ""; }
    return cell;
  }
  function heads(table, texts) {
    var row = make("tr");
    texts.forEach(function (text) { var head = make("th", text); head.scope = "col"; row.appendChild(head); });
    empty(table.tHead).appendChild(row);
  }
  function drawTable(where) {
    var table = byId("table"), base = reference() === where.point ? null : reference(), told = where.point === undefined;
    var head = [T.measure, told ? T.value_interpolated : T.value, fill(T.ci, { confidence: data.confidence })];
    if (base !== null) { head.push(fill(T.against, { other: referenceName() }), fill(T.ci_paired, { confidence: data.confidence })); }
    if (data.judged) { head.push(T.target, T.verdict); }
    heads(table, head);
    empty(table.tBodies[0]);
    empty(table.tBodies[1]);
    measures.forEach(function (measure, m) {
      var body = table.tBodies[m < data.main ? 0 : 1];
      var found = model.read(m, where), row = make("tr"), name = make("th", measure.label);
      name.scope = "row";
      if (measure.unit) { name.append(" ", make("span", measure.unit, "unit")); }
      row.appendChild(name);
      function add(text, k, kind) { var cell = make("td", text, kind); cell.dataset.label = head[k]; row.appendChild(cell); }
      add(model.cell(m, found.mean, found.half), 1, told ? "value guess" : "value");
      add(model.interval(m, found.mean, found.half, false, T), 2);
      if (base !== null) {
        var apart = model.difference(m, where, model.pointPlace(base));
        add(apart.same ? "" : model.cell(m, apart.mean, apart.half, true), 3);
        add(apart.same ? "" : model.interval(m, apart.mean, apart.half, true, T), 4);
      }
      if (data.judged) {
        add(measure.target, head.length - 2);
        row.appendChild(verdictCell(found.verdict, found.interpolated));
      }
      body.appendChild(row);
    });
  }
  function drawNear(where) {
    var card = byId("near"), list = empty(card.querySelector("ul"));
    card.hidden = where.point !== undefined;
    if (card.hidden) { return; }
    card.querySelector("h3").textContent = T.nearest;
    model.nearest(state.at, 4).forEach(function (p) {
      var item = make("li"), line = plan(p), m = data.by;
      if (is(data.mean[m][p])) {
        line = fill(T.plan_value, { plan: line, measure: measures[m].small, value: value(m, model.read(m, model.pointPlace(p))) });
      }
      item.append(goButton(p), " ", line);
      list.appendChild(item);
    });
  }
  function goButton(p) {
    var button = make("button", T.show, "go");
    button.type = "button";
    button.setAttribute("aria-label", fill(T.show_plan, { plan: plan(p) }));
    button.addEventListener("click", function () { go(p); });
    return button;
  }

  // ---- charts
  var config = { responsive: false, displayModeBar: false, displaylogo: false, scrollZoom: false, doubleClick: false, showTips: false };
  function axis(extra, title) {
    var found = Object.assign({}, data.layout.xaxis, extra);
    found.title = Object.assign({}, data.layout.xaxis.title, { text: title || "" });
    return found;
  }
  function draw(name, traces, layout, alt) {
    var target = byId(name);
    target.setAttribute("aria-label", alt);
    layout = Object.assign({}, data.layout, layout, { width: target.clientWidth });
    target.style.minHeight = layout.height + "px";
    return Plotly.react(target, traces, layout, config).then(function () {
      target.dataset.drawn = "yes";
      if (name === "figure-cost" && !target.dataset.heard) {
        target.dataset.heard = "yes";
        target.on("plotly_click", function (event) {
          var p = event.points.map(function (x) { return x.customdata; }).filter(is)[0];
          if (p !== undefined) { go(p); }
        });
      }
    });
  }
  function round(x) { return Number(x.toPrecision(6)); }
  function title(m) {
    return measures[m].unit ? fill(T.with_unit, { measure: plotText(measures[m].label), unit: plotText(measures[m].unit) }) : plotText(measures[m].label);
  }
  function bars(m, list) {
    var above = [], below = [];
    list.forEach(function (x) {
      var found = model.ends(m, x.mean, x.half, false);
      above.push(found ? round(found[1] - model.shown(m, x.mean)) : 0);
      below.push(found ? round(model.shown(m, x.mean) - found[0]) : 0);
    });
    return {
      type: "data", symmetric: false, array: above, arrayminus: below, color: C.base, thickness: 1.2, width: 3,
      visible: above.some(function (x) { return x > 0; })
    };
  }
  function limits(m, layout) {
    layout.shapes = layout.shapes || [];
    layout.annotations = layout.annotations || [];
    ["max", "min"].forEach(function (side) {
      if (!is(measures[m][side])) { return; }
      var y = model.shown(m, measures[m][side]);
      layout.shapes.push({ type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y, line: { color: C.ink, width: 1, dash: "dash" } });
      layout.annotations.push({
        xref: "paper", x: 1, xanchor: "right", y: y, yanchor: "bottom", showarrow: false, font: { color: C.ink, size: 11 },
        text: plotText(fill(side === "max" ? T.at_most : T.at_least, { value: measures[m].target.replace(/^[^0-9]+/, "") }))
      });
    });
  }
  function range(m, values) {
    var all = values.filter(is);
    ["max", "min"].forEach(function (side) {
      var limit = is(measures[m][side]) ? model.shown(m, measures[m][side]) : null, low = Math.min.apply(null, all), high = Math.max.apply(null, all);
      var reach = high - low || Math.abs(high) || 1;  // a limit far away would flatten everything
      if (is(limit) && limit < high + 1.5 * reach && limit > low - 1.5 * reach) { all.push(limit); }
    });
    var least = Math.min.apply(null, all), most = Math.max.apply(null, all), pad = 0.08 * (most - least) || 0.05 * Math.abs(most) || 1;
    return [least >= 0 && least - pad < 0 ? -0.02 * (most + pad) : least - pad, most + pad];
  }
  function drawCost(where) {
    var m = state.measure === data.cost ? data.by : state.measure, k = data.cost;
    if (k === null || m === k || !byId("figure-cost")) { return; }
    var edge = model.frontier(m), traces = [], on = {};
    edge.forEach(function (p) { on[p] = true; });
    function xy(p) { return [round(model.shown(k, data.mean[k][p])), round(model.shown(m, data.mean[m][p]))]; }
    function column(list, at) { return list.map(function (p) { return xy(p)[at]; }); }
    function hover(p) {
      return plotText(plan(p)) + "<br>" + plotText(fill(T.cost_value, { measure: measures[m].label, value: value(m, model.read(m, model.pointPlace(p))), cost: cost(p) }));
    }
    traces.push({ x: column(edge, 0), y: column(edge, 1), mode: "lines", line: { color: C.quiet, width: 1.5, shape: "hv" }, hoverinfo: "skip" });
    var classes = { 0: [], 1: [], 2: [], 3: [] };
    for (var p = 0; p < model.count; p++) {
      if (is(data.mean[m][p]) && is(data.mean[k][p])) { classes[model.verdictOf(model.pointPlace(p))].push(p); }
    }
    var legend = [];
    [3, 2, 1, 0].forEach(function (v) {
      if (!classes[v].length) { return; }
      var look = v ? data.looks[v - 1] : { colour: C.blue, symbol: "circle", size: 9 };
      traces.push({
        x: column(classes[v], 0), y: column(classes[v], 1), mode: "markers", customdata: classes[v], hovertext: classes[v].map(hover), hoverinfo: "text",
        marker: { color: look.colour, symbol: look.symbol, size: look.size, opacity: model.count > 400 ? 0.55 : 0.85 }
      });
      legend.unshift([[T.simulated, T.all_met, T.some_open, T.some_missed][v], look.colour, look.symbol]);
    });
    var base = reference();
    if (base !== null && is(data.mean[m][base]) && is(data.mean[k][base])) {
      traces.push({
        x: [xy(base)[0]], y: [xy(base)[1]], mode: "markers", customdata: [base], hovertext: [hover(base)], hoverinfo: "text",
        marker: { symbol: "square-open", size: 17, color: C.base, line: { width: 2, color: C.base } }
      });
      legend.push([referenceName(), C.base, "square-open"]);
    }
    var here = model.read(m, where), price = model.read(k, where), layout = { height: 330, margin: { l: 8, r: 16, t: 14, b: 8 }, hovermode: "closest" };
    limits(m, layout);
    if (is(here.mean) && is(price.mean)) {
      var x = round(model.shown(k, price.mean)), y = round(model.shown(m, here.mean)), guess = where.point === undefined;
      traces.push({
        x: [x], y: [y], mode: "markers", hoverinfo: "skip",
        marker: { symbol: "circle-open", size: guess ? 13 : 19, color: C.ink, line: { width: guess ? 1.5 : 3, color: C.ink } }
      });
      if (guess) {
        layout.shapes.push({ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color: C.muted, width: 1, dash: "dot" } });
        layout.shapes.push({ type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y, line: { color: C.muted, width: 1, dash: "dot" } });
      }
      layout.annotations.push({
        x: x, y: y, text: "<b>" + plotText(guess ? T.interpolated_mark : T.this_plan) + "</b>", showarrow: false, yshift: 20, font: { color: C.ink, size: 12 }
      });
      legend.unshift([guess ? T.interpolated_mark : T.this_plan, C.ink, "circle-open"]);
    }
    var all = [].concat(classes[0], classes[1], classes[2], classes[3]);
    layout.xaxis = axis({ range: range(k, column(all, 0)), nticks: 6 }, title(k));
    layout.yaxis = axis({ range: range(m, column(all, 1)), nticks: 6 }, title(m));
    legend.push([T.frontier, C.quiet, "line"]);
    byId("title-cost").textContent = costTitle(where, m, edge, on);
    byId("sub-cost").textContent = fill(T.cost_sub, { n: model.number(all.length, 0) });
    drawLegend(byId("legend-cost"), legend);
    draw("figure-cost", traces, layout, fill(T.cost_alt, { measure: measures[m].small, n: all.length, title: byId("title-cost").textContent }));
    drawFrontier(m, edge);
  }
  function costTitle(where, m, edge, on) {
    if (where.point === undefined) { return T.cost_guess; }
    if (on[where.point]) { return T.cost_on; }
    var own = data.mean[data.cost][where.point], better = edge.filter(function (p) { return data.mean[data.cost][p] <= own; });
    if (!better.length) { return T.cost_on; }
    var p = better[better.length - 1];
    return fill(T.cost_beaten, { plan: plan(p), measure: measures[m].small, value: value(m, model.read(m, model.pointPlace(p))), cost: cost(p) });
  }
  function drawFrontier(m, edge) {
    var table = byId("frontier"), body = empty(table.tBodies[0]);
    heads(table, [T.plan, measures[data.cost].label, measures[m].label].concat(data.judged ? [T.targets] : [], [""]));
    edge.forEach(function (p) {
      var row = make("tr"), name = make("th", plan(p)), last = make("td");
      name.scope = "row";
      row.append(name, make("td", cost(p)), make("td", value(m, model.read(m, model.pointPlace(p)))));
      if (data.judged) { row.appendChild(verdictCell(model.verdictOf(model.pointPlace(p)))); }
      last.appendChild(goButton(p));
      row.appendChild(last);
      body.appendChild(row);
    });
  }
  var SVG = "http://www.w3.org/2000/svg";
  function svg(tag, values) {
    var node = document.createElementNS(SVG, tag);
    Object.keys(values).forEach(function (name) { node.setAttribute(name, values[name]); });
    return node;
  }
  var MARKS = {
    "circle": ["circle", { cx: 9, cy: 6, r: 4.5 }, true], "circle-open": ["circle", { cx: 9, cy: 6, r: 4.5 }, false],
    "diamond": ["path", { d: "M9 0 15 6 9 12 3 6z" }, true], "triangle-up": ["path", { d: "M9 1 15 11H3z" }, true],
    "square": ["rect", { x: 3, y: 0, width: 12, height: 12 }, true], "square-open": ["rect", { x: 4, y: 1, width: 10, height: 10 }, false],
    "line": ["path", { d: "M0 6h18" }, false], "dash": ["path", { d: "M0 6h18", "stroke-dasharray": "5 3" }, false],
    "hatch": ["rect", { x: 3, y: 0, width: 12, height: 12 }, true]
  };
  function themed(colour) {  // neutral colours follow the theme
    var name = Object.keys(C).filter(function (n) { return n !== "blue" && C[n] === colour; })[0];
    return name ? "var(--" + name + ")" : colour;
  }
  function drawLegend(list, entries) {
    empty(list);
    entries.forEach(function (entry) {
      var item = make("li"), look = MARKS[entry[2]] || MARKS.circle, icon = svg("svg", { width: 18, height: 12, viewBox: "0 0 18 12", "aria-hidden": "true" });
      var mark = svg(look[0], look[1]);
      mark.style.fill = look[2] ? themed(entry[1]) : "none";
      if (!look[2]) { mark.style.stroke = themed(entry[1]); mark.style.strokeWidth = "2"; }
      icon.appendChild(mark);
      if (entry[2] === "hatch") {
        var lines = svg("path", { d: "M3 12 15 0M3 6 9 0M9 12 15 6" });
        lines.style.stroke = "var(--surface)";
        lines.style.strokeWidth = "1.4";
        icon.appendChild(lines);
      }
      item.append(icon, entry[0]);
      list.appendChild(item);
    });
  }
  function along(i) {  // values over one factor, the others as they are set
    return factors[i].stops.map(function (x) {
      var at = state.at.slice();
      at[i] = x;
      var where = model.place(at);
      return { x: x, label: labelOf(i, x), where: where, read: model.read(state.measure, where) };
    });
  }
  function drawEffects() {
    var m = state.measure, rows = factors.map(function (_, i) { return along(i); }), all = [];
    rows.forEach(function (row) {
      row.forEach(function (s) {
        if (is(s.read.mean)) { all = all.concat(model.ends(m, s.read.mean, s.read.half, false) || [model.shown(m, s.read.mean)]); }
      });
    });
    var y = all.length ? range(m, all) : [0, 1];
    rows.forEach(function (row, i) { drawEffect(i, row, m, y); });
  }
  function drawEffect(i, row, m, y) {
    var f = factors[i], choice = f.choice || f.stops.indexOf(null) >= 0, good = row.filter(function (s) { return is(s.read.mean); });
    var many = row.length > 25, layout = { height: 220, margin: { l: 8, r: 12, t: 10, b: 8 } };
    function at(x) { return choice ? f.stops.indexOf(x) : x; }
    function trace(list, look) {
      return Object.assign({
        x: list.map(function (s) { return at(s.x); }), y: list.map(function (s) { return round(model.shown(m, s.read.mean)); }),
        hovertext: list.map(function (s) {
          return plotText(s.label) + ": " + plotText(value(m, s.read)) + (s.where.point === undefined ? "<br>" + plotText(T.interpolated_mark) : "");
        }), hoverinfo: "text", error_y: bars(m, list.map(function (s) { return s.read; }))
      }, look);
    }
    var simulated = good.filter(function (s) { return s.where.point !== undefined; }), guessed = good.filter(function (s) { return s.where.point === undefined; });
    var traces = [];
    if (!choice) {
      var line = trace(good, { mode: "lines", hoverinfo: "skip", line: { color: C.blue, width: 2, dash: guessed.length ? "dash" : "solid" } });
      line.error_y = { visible: false };
      if (many && is(good.length ? good[0].read.half : null)) { traces.push(band(m, good)); }
      traces.push(line);
    }
    traces.push(trace(simulated, { mode: "markers", marker: { color: C.blue, size: 8 } }));
    if (!many) { traces.push(trace(guessed, { mode: "markers", marker: { symbol: "circle-open", color: C.blue, size: 9, line: { width: 1.5 } } })); }
    var here = model.read(m, model.place(state.at)), guess = model.place(state.at).point === undefined;
    if (is(here.mean)) {
      traces.push({
        x: [at(state.at[i])], y: [round(model.shown(m, here.mean))], mode: "markers", hoverinfo: "skip",
        marker: { symbol: "circle-open", size: guess ? 13 : 17, color: C.ink, line: { width: guess ? 1.5 : 3, color: C.ink } }
      });
    }
    limits(m, layout);
    var unit = f.unit ? fill(T.with_unit, { measure: plotText(f.short), unit: plotText(f.unit) }) : plotText(f.short);
    var values = row.map(function (s) { return s.x; }).filter(is), pad = values.length ? 0.06 * (values[values.length - 1] - values[0]) || 0.5 : 0;
    layout.xaxis = axis(choice ? { range: [-0.5, row.length - 0.5], tickmode: "array", tickvals: row.map(function (_, k) { return k; }), ticktext: ticks(row, byId("figure-effect-" + i).clientWidth - 60), tickangle: 0, gridcolor: "rgba(0,0,0,0)" }
      : { range: [values[0] - pad, values[values.length - 1] + pad], tickmode: row.length <= 7 ? "array" : "auto", tickvals: row.length <= 7 ? values : undefined, nticks: 6, gridcolor: "rgba(0,0,0,0)" }, unit);
    layout.yaxis = axis({ range: y, nticks: 5 }, title(m));
    byId("title-effect-" + i).textContent = effectTitle(i, good, m);
    draw("figure-effect-" + i, traces, layout, fill(T.effect_alt, {
      factor: f.short, measure: measures[m].small,
      values: joined(good.slice(0, 12).map(function (s) { return fill(T.setting, { factor: s.label, value: value(m, s.read) }); }))
    }));
    var table = byId("grid-effect-" + i), body = empty(table.tBodies[0]);
    heads(table, [f.short, measures[m].label, fill(T.ci, { confidence: data.confidence }), ""]);
    good.forEach(function (s) {
      var line = make("tr"), name = make("th", s.label);
      name.scope = "row";
      line.append(name, make("td", value(m, s.read)), make("td", span(m, s.read)), make("td", s.where.point === undefined ? T.interpolated_mark : T.simulated));
      body.appendChild(line);
    });
  }
  function ticks(row, wide) {  // names of choices in up to three short lines
    var most = Math.max(6, Math.floor(wide / row.length / 7));
    return row.map(function (s) {
      var lines = [""];
      s.label.split(/\s+/).forEach(function (word) {
        var last = lines[lines.length - 1];
        if (last && width(last) + 1 + width(word) > most) { lines.push(word); } else { lines[lines.length - 1] = last ? last + " " + word : word; }
      });
      if (lines.length > 3) { lines = [lines[0], lines[1], lines.slice(2).join(" ")]; }
      return lines.map(function (line) { return plotText(shorten(line, most + 1)); }).join("<br>");
    });
  }
  function band(m, list) {
    var found = list.map(function (s) { return model.ends(m, s.read.mean, s.read.half, false); });
    var xs = list.map(function (s) { return s.x; });
    return {
      x: xs.concat(xs.slice().reverse()), fill: "toself", fillcolor: "rgba(0,114,178,0.15)", mode: "lines", line: { width: 0 }, hoverinfo: "skip",
      y: found.map(function (e) { return e[1]; }).concat(found.map(function (e) { return e[0]; }).reverse()).map(round)
    };
  }
  function effectTitle(i, good, m) {
    var f = factors[i];
    if (good.length < 2) { return fill(T.effect_one, { factor: f.short }); }
    var a = good[0], b = good[good.length - 1];
    if (f.choice) {
      var sorted = good.slice().sort(function (x, y) { return x.read.mean - y.read.mean; });
      a = sorted[0];
      b = sorted[sorted.length - 1];
    }
    var apart = model.difference(m, b.where, a.where);
    var values = { factor: f.short, from: shorten(a.label, 28), to: shorten(b.label, 28), change: model.quantity(m, apart.mean, apart.half, true), measure: measures[m].small };
    if (is(apart.half) && !(Math.abs(apart.mean) > apart.half)) { return fill(T.effect_open, values); }
    return fill(T.effect, values);
  }
  function drawStages(where) {
    var panel = byId("panel-stages");
    if (!panel) { return; }
    var rows = [], base = reference();
    if (!where.none && !where.model) { rows.push([where.point === undefined ? T.interpolated_short : T.this_plan, where]); }
    if (base !== null && where.point !== base) { rows.push([referenceName(), model.pointPlace(base)]); }
    panel.hidden = !rows.length;
    if (!rows.length) { return; }
    function hours(g, spot) { return spot.parts.reduce(function (sum, part) { return sum + part[1] * data.stages.hours[g][part[0]]; }, 0); }
    var totals = rows.map(function (row) { return data.stages.groups.reduce(function (sum, _, g) { return sum + hours(g, row[1]); }, 0); });
    var longest = Math.max.apply(null, totals) || 1;
    function text(x) { return model.withUnit(model.number(x, x >= 9.95 ? 0 : 1), data.stages.pattern); }
    var names = rows.map(function (row) { return plotText(shorten(row[0], 26)); }), top = 0;
    var traces = data.stages.groups.map(function (group, g) {
      var values = rows.map(function (row) { return hours(g, row[1]); });
      if (values[0] > hours(top, rows[0][1])) { top = g; }
      return {
        type: "bar", orientation: "h", y: names, x: values.map(round), hoverinfo: "text",
        hovertext: values.map(function (x) { return plotText(group.label) + ": " + plotText(text(x)); }),
        text: values.map(function (x) { return x >= 0.06 * longest ? model.number(x, x >= 9.95 ? 0 : 1) : ""; }),
        textposition: "inside", insidetextanchor: "middle", constraintext: "none", textangle: 0,
        textfont: { color: group.dark ? "#ffffff" : "#1b2127" },
        marker: { color: group.colour, line: { color: C.surface, width: 1 }, pattern: { shape: group.pattern, fillmode: "overlay", fgcolor: C.surface, size: 6, solidity: 0.25 } }
      };
    });
    var layout = {
      height: 66 + 46 * rows.length, barmode: "stack",
      xaxis: axis({ range: [0, 1.14 * longest] }, plotText(fill(T.stage_axis, { unit: data.stages.unit }))),
      yaxis: axis({ autorange: "reversed", gridcolor: "rgba(0,0,0,0)" }),
      annotations: totals.map(function (x, k) {
        return { x: x, y: names[k], text: "<b>" + plotText(text(x)) + "</b>", showarrow: false, xanchor: "left", xshift: 6, font: { color: C.ink, size: 12 } };
      })
    };
    byId("title-stages").textContent = fill(T.stage_title, { stage: data.stages.groups[top].label, value: text(hours(top, rows[0][1])), total: text(totals[0]) });
    drawLegend(byId("legend-stages"), data.stages.groups.map(function (g) { return [g.label, g.colour, g.mark]; }));
    draw("figure-stages", traces, layout, fill(T.stage_alt, { values: joined(data.stages.groups.map(function (g, k) {
      return fill(T.setting, { factor: g.label, value: text(hours(k, rows[0][1])) });
    })) }));
    var table = byId("grid-stages"), body = empty(table.tBodies[0]);
    heads(table, [T.stage].concat(rows.map(function (row) { return row[0]; })));
    data.stages.groups.forEach(function (group, g) {
      var line = make("tr"), name = make("th", group.label);
      name.scope = "row";
      line.appendChild(name);
      rows.forEach(function (row) { line.appendChild(make("td", text(hours(g, row[1])))); });
      body.appendChild(line);
    });
  }
  function drawDemands() {
    var card = byId("demands");
    if (!card) { return; }
    var table = card.querySelector("table"), body = empty(table.tBodies[0]);
    heads(table, [T.target, T.cheapest_plan, measures[data.cost].label, ""]);
    measures.forEach(function (measure, m) {
      if (!data.verdict[m].some(Boolean)) { return; }
      var row = make("tr"), p = model.cheapestFor(m);
      var name = make("th", measure.target ? fill(T.target_of, { measure: measure.label, target: targetText(m) }) : measure.label), last = make("td");
      name.scope = "row";
      row.append(name, make("td", p === null ? T.no_plan : plan(p), "words"), make("td", p === null ? model.MISSING : cost(p)), last);
      if (p !== null) { last.appendChild(goButton(p)); }
      body.appendChild(row);
    });
  }

  // ---- controls
  function stopsOf(i) {
    var f = factors[i];
    return state.between && f.fine ? [f.fine, f.fine_labels] : [f.stops, f.labels];
  }
  function closest(list, x) {
    if (x === null) { return Math.max(0, list.indexOf(null)); }
    var best = 0;
    list.forEach(function (v, k) { if (v !== null && (list[best] === null || Math.abs(v - x) < Math.abs(list[best] - x))) { best = k; } });
    return best;
  }
  function drawControls() {
    factors.forEach(function (f, i) {
      var box = document.querySelector('.control[data-factor="' + i + '"]'), lists = stopsOf(i), label = labelOf(i, state.at[i]);
      if (f.choice) {
        var n = f.stops.indexOf(state.at[i]), select = box.querySelector("select");
        if (select) { select.selectedIndex = n; }
        box.querySelectorAll("input").forEach(function (radio, k) { radio.checked = k === n; });
        return;
      }
      var slider = box.querySelector("input"), ticks = empty(box.querySelector("datalist"));
      slider.max = lists[0].length - 1;
      slider.value = closest(lists[0], state.at[i]);
      slider.setAttribute("aria-valuetext", label);
      box.querySelector("output").textContent = label;
      if (model.levels[i].length <= 40) {
        lists[0].forEach(function (x, k) {
          if (x === null || model.levels[i].indexOf(x) >= 0) { var tick = make("option"); tick.value = k; ticks.appendChild(tick); }
        });
      }
    });
    var box = byId("between");
    if (box) { box.checked = state.between; }
    var pin = byId("pin"), own = model.place(state.at).point;
    pin.setAttribute("aria-pressed", state.pin !== null ? "true" : "false");
    pin.textContent = state.pin !== null ? T.unpin : T.pin;
    pin.disabled = state.pin === null && own === undefined;
    byId("measure").value = String(state.measure);
    if (byId("cheaper")) { byId("cheaper").disabled = nextCheaper() === null; }
  }
  function nextCheaper() {
    var where = model.place(state.at), own = model.read(data.cost, where).mean;
    if (!is(own)) { return null; }
    var m = state.measure === data.cost ? data.by : state.measure;
    var found = model.frontier(m).filter(function (p) { return data.mean[data.cost][p] < own && p !== where.point; });
    return found.length ? found[found.length - 1] : null;
  }
  function go(p) { state.at = data.coordinates[p].slice(); answer(""); render(); }
  function answer(text) { byId("answer").textContent = text; }
  function cheapest() {
    if (data.cheapest !== null) {
      go(data.cheapest);
      var met = 0;
      for (var p = 0; p < model.count; p++) { met += model.verdictOf(model.pointPlace(p)) === model.MET ? 1 : 0; }
      return answer(fill(met === 1 ? T.cheapest_only : T.cheapest_shown, { n: model.number(met, 0), plan: plan(data.cheapest), cost: cost(data.cheapest) }));
    }
    var may = model.cheapestMay();
    if (may !== null) {
      go(may);
      return answer(fill(T.cheapest_open, { plan: plan(may), cost: cost(may) }));
    }
    var least = model.leastMissed();
    go(least.point);
    answer(fill(least.missed === 1 ? T.cheapest_none_one : T.cheapest_none, { n: least.missed, plan: plan(least.point), cost: cost(least.point) }));
  }
  function changed(event) {
    var box = event.target.closest(".control");
    if (!box) { return; }
    var i = Number(box.dataset.factor), lists = stopsOf(i), x = factors[i].choice ? factors[i].stops[Number(event.target.value)] : lists[0][Number(event.target.value)];
    if (x === undefined || x === state.at[i]) { return; }
    state.at[i] = x;
    answer("");
    render();
  }

  // ---- address
  function written() {
    var pieces = state.at.map(function (x, i) {
      return encodeURIComponent(factors[i].name) + "=" + encodeURIComponent(x === null ? "" : factors[i].choice ? labelOf(i, x) : String(x));
    });
    if (state.between) { pieces.push("~between=1"); }
    if (state.pin !== null) { pieces.push("~pin=" + state.pin); }
    if (state.measure !== data.by) { pieces.push("~measure=" + encodeURIComponent(measures[state.measure].key)); }
    return "#" + pieces.join("&");
  }
  function understood(text) {
    text.replace(/^#/, "").split("&").forEach(function (piece) {
      var cut = piece.indexOf("="), name, said;
      try { name = decodeURIComponent(piece.slice(0, cut)); said = decodeURIComponent(piece.slice(cut + 1)); } catch (wrong) { return; }
      if (cut < 1) { return; }
      if (name === "~between") { state.between = data.between === "linear" && said === "1"; return; }
      if (name === "~pin") { var p = Number(said); state.pin = said !== "" && Number.isInteger(p) && p >= 0 && p < model.count ? p : state.pin; return; }
      if (name === "~measure") { measures.forEach(function (m, k) { if (m.key === said) { state.measure = k; } }); return; }
      factors.forEach(function (f, i) {
        if (f.name !== name) { return; }
        if (f.choice || said === "") {
          var k = said === "" ? f.stops.indexOf(null) : f.labels.indexOf(said);
          if (k >= 0) { state.at[i] = f.stops[k]; }
          return;
        }
        var x = Number(said);
        if (!isFinite(x)) { return; }
        if (f.stops.indexOf(x) >= 0 || (data.between && x >= f.low && x <= f.high)) { state.at[i] = x; }
      });
    });
    if (data.between === "linear" && model.place(state.at).point === undefined && !model.place(state.at).none) { state.between = true; }
  }
  function restart() {
    state.at = data.coordinates[start].slice();
    state.between = false;
    state.pin = null;
    state.measure = data.by;
  }

  // ---- all of it
  var pending = 0, told = 0;
  function render() {
    drawControls();
    var where = model.place(state.at), said = headline(where);
    byId("headline").textContent = said;
    document.querySelector(".results").classList.toggle("guessing", where.point === undefined);
    var more = lede(where), box = empty(byId("lede"));
    byId("setting").textContent = setting(state.at);
    more = more.map(function (text) { return text.replace(/([+\u2212])(?=[^\d\s])/g, "$1\u2060"); });  // no break after a sign
    more.forEach(function (text, k) {
      if (k && !zh) { box.append(" "); }
      box.appendChild(make("span", text, text === T.growing || text === T.nothing_shown ? "warn" : ""));
    });
    window.clearTimeout(told);
    told = window.setTimeout(function () { byId("live").textContent = [said, setting(state.at), more.join(" ")].join(" \u2013 "); }, 500);
    drawTable(where);
    drawNear(where);
    if (written() !== location.hash) { try { history.replaceState(null, "", written()); } catch (wrong) { /* a page without an address */ } }
    if (!pending) { pending = window.requestAnimationFrame(drawCharts); }
  }
  function drawCharts() {
    pending = 0;
    var where = model.place(state.at);
    drawCost(where);
    drawEffects();
    drawStages(where);
  }
  function csv() {
    function cell(x) {
      if (x === null || x === undefined) { return ""; }
      if (typeof x === "number") { return String(x); }
      x = /^[=+\-@\t\r]/.test(x) ? "'" + x : x;
      return /[",\n\r]/.test(x) ? '"' + x.replace(/"/g, '""') + '"' : x;
    }
    var head = ["point"].concat(factors.map(function (f) { return f.name; })), lines = [];
    measures.forEach(function (m) { head.push(m.key, m.key + " half_width", m.key + " verdict"); });
    for (var p = 0; p < model.count; p++) {
      var row = [p];
      data.coordinates[p].forEach(function (x, i) { row.push(x === null ? null : factors[i].choice ? labelOf(i, x) : x); });
      measures.forEach(function (_, m) { row.push(data.mean[m][p], data.half[m][p], ["", "met", "not shown", "missed"][data.verdict[m][p]]); });
      lines.push(row);
    }
    return [head].concat(lines).map(function (row) { return row.map(cell).join(","); }).join("\n") + "\n";
  }
  function download() {
    var link = make("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + csv()], { type: "text/csv;charset=utf-8" }));
    link.download = "points.csv";
    document.body.appendChild(link);
    link.click();
    link.remove();
    window.setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }
  function on(name, act) { if (byId(name)) { byId(name).addEventListener("click", act); } }
  byId("controls").addEventListener("input", changed);
  byId("controls").addEventListener("change", changed);
  byId("controls").addEventListener("submit", function (event) { event.preventDefault(); });
  if (byId("between")) {
    byId("between").addEventListener("change", function () {
      state.between = byId("between").checked;
      if (!state.between) {
        state.at = state.at.map(function (x, i) { return factors[i].stops[closest(factors[i].stops, x)]; });
      }
      render();
    });
  }
  byId("measure").addEventListener("change", function () { state.measure = Number(byId("measure").value); render(); });
  on("cheapest", cheapest);
  on("best", function () { go(data.best); });
  on("cheaper", function () { var p = nextCheaper(); if (p !== null) { go(p); } });
  on("pin", function () {
    var own = model.place(state.at).point;
    state.pin = state.pin !== null ? null : own === undefined ? null : own;
    render();
  });
  on("more", function () {
    var rest = byId("table").tBodies[1];
    rest.hidden = !rest.hidden;
    byId("more").setAttribute("aria-expanded", rest.hidden ? "false" : "true");
    byId("more").textContent = rest.hidden ? byId("more").dataset.all : byId("more").dataset.few;
  });
  on("reset", function () { restart(); answer(""); render(); });
  on("download", download);
  on("print", function () { window.print(); });
  window.addEventListener("hashchange", function () { understood(location.hash); render(); });
  // On paper the drawings are scaled to the column: a view box for the time of printing.
  function frame(paper) {
    document.querySelectorAll(".figure[data-drawn]").forEach(function (target) {
      var size = target._fullLayout;
      target.style.setProperty("--ratio", size.width + " / " + size.height);
      target.querySelectorAll(".main-svg").forEach(function (node) {
        if (paper) { node.setAttribute("viewBox", "0 0 " + size.width + " " + size.height); } else { node.removeAttribute("viewBox"); }
      });
    });
  }
  window.addEventListener("beforeprint", function () { frame(true); });
  window.addEventListener("afterprint", function () { frame(false); });
  var waiting = 0;
  window.addEventListener("resize", function () {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(function () { if (!window.matchMedia("print").matches) { drawCharts(); } }, 120);
  });
  restart();
  understood(location.hash);
  drawDemands();
  render();
})();
