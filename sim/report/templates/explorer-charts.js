"use strict";
// The charts of a sweep's page, each with its title, legend and table; drawn by Plotly.
window.sweepCharts = function (data, model, state, words, goButton, go) {
  var T = data.texts, C = data.colours, is = model.is, fill = model.fill, factors = data.factors, measures = data.measures;
  var byId = words.byId, make = words.make, empty = words.empty, joined = words.joined, plotText = words.plotText;
  var width = words.width, shorten = words.shorten, labelOf = words.labelOf, plan = words.plan, cost = words.cost, value = words.value;
  var span = words.span, reference = words.reference, referenceName = words.referenceName, targetText = words.targetText;
  var verdictCell = words.verdictCell, heads = words.heads;

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

  return { cost: drawCost, effects: drawEffects, stages: drawStages, demands: drawDemands };
};
