"use strict";
(function () {
  var data = JSON.parse(document.getElementById("replay-data").textContent);
  var words = data.texts;
  var KINDS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i1: Int8Array, i2: Int16Array, i4: Int32Array, f4: Float32Array };
  var HOUR = 60 / data.tickMinutes, last = data.ticks;
  function byId(id) { return document.getElementById(id); }
  function unpack(packed) {
    var text = atob(packed.d), bytes = new Uint8Array(text.length);
    for (var i = 0; i < text.length; i++) { bytes[i] = text.charCodeAt(i); }
    return new KINDS[packed.t](bytes.buffer);
  }
  function fill(template, values) {
    return template.replace(/\{(\w+)\}/g, function (all, name) { return name in values ? values[name] : all; });
  }
  function number(value) { return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ","); }
  function element(name, text, kind) {
    var made = document.createElement(name);
    if (text !== undefined) { made.textContent = text; }
    if (kind) { made.className = kind; }
    return made;
  }

  // --- step functions ---------------------------------------------------------------------------------------------------
  function Steps(packed) {
    this.first = unpack(packed.first); this.at = unpack(packed.at); this.value = unpack(packed.value);
    this.owners = this.first.length - 1;
    this.here = new Int32Array(this.owners); this.place = new Int32Array(this.owners).fill(-1); this.tick = -1;
  }
  Steps.prototype.seek = function (tick) {
    if (tick === this.tick) { return this.here; }
    for (var o = 0; o < this.owners; o++) {
      var low = this.first[o], high = this.first[o + 1];
      if (low === high) { continue; }
      var p = this.place[o];
      if (tick < this.tick || p < 0) { p = low - 1; var a = low, b = high; while (a < b) { var m = (a + b) >> 1; if (this.at[m] <= tick) { p = m; a = m + 1; } else { b = m; } } }
      else { while (p + 1 < high && this.at[p + 1] <= tick) { p++; } }
      this.place[o] = p < low ? -1 : p;
      this.here[o] = p < low ? 0 : this.value[p];
    }
    this.tick = tick;
    return this.here;
  };
  Steps.prototype.of = function (owner) {
    var found = new Int32Array(last + 1), value = 0, p = this.first[owner], end = this.first[owner + 1];
    for (var t = 0; t <= last; t++) { while (p < end && this.at[p] <= t) { value = this.value[p]; p++; } found[t] = value; }
    return found;
  };
  Steps.prototype.total = function () {
    var found = new Int32Array(last + 1);
    for (var o = 0; o < this.owners; o++) {
      var before = 0;
      for (var p = this.first[o]; p < this.first[o + 1]; p++) { found[this.at[p]] += this.value[p] - before; before = this.value[p]; }
    }
    for (var t = 1; t <= last; t++) { found[t] += found[t - 1]; }
    return found;
  };
  Steps.prototype.highest = function () {
    var found = new Int32Array(this.owners);
    for (var o = 0; o < this.owners; o++) { for (var p = this.first[o]; p < this.first[o + 1]; p++) { if (this.value[p] > found[o]) { found[o] = this.value[p]; } } }
    return found;
  };
  var steps = {}, totals = {};
  Object.keys(data.steps).forEach(function (name) { steps[name] = new Steps(data.steps[name]); });
  function total(name) { if (!(name in totals)) { totals[name] = steps[name] ? steps[name].total() : new Int32Array(last + 1); } return totals[name]; }
  function top(series) { var m = 0; for (var i = 0; i < series.length; i++) { if (series[i] > m) { m = series[i]; } } return m; }

  // --- local time -------------------------------------------------------------------------------------------------------
  var origin = Date.UTC.apply(null, data.start.split("-").map(function (part, i) { return Number(part) - (i === 1 ? 1 : 0); }));
  function localMinutes(tick) {
    var offset = data.offsets[0][1];
    data.offsets.forEach(function (row) { if (tick >= row[0]) { offset = row[1]; } });
    return data.beginMinutes + tick * data.tickMinutes + offset;
  }
  function two(value) { return (value < 10 ? "0" : "") + value; }
  function pieces(tick) {
    var when = new Date(origin + Math.floor(localMinutes(tick) + 1e-6) * 60000);
    return {
      weekday: words.weekdays[(when.getUTCDay() + 6) % 7], day: when.getUTCDate(), month: words.months[when.getUTCMonth()],
      year: when.getUTCFullYear(), time: two(when.getUTCHours()) + ":" + two(when.getUTCMinutes()), hour: when.getUTCHours() + when.getUTCMinutes() / 60,
      week: (when.getUTCDay() + 6) % 7
    };
  }
  function instant(tick) { return fill(words.instant, pieces(tick)); }
  var midnights = [];
  for (var t0 = 0; t0 <= last; t0++) { if (Math.floor(localMinutes(t0) / 1440 + 1e-9) !== Math.floor(localMinutes(t0 - 1) / 1440 + 1e-9)) { midnights.push(t0); } }
  function midnight(tick) { var found = 0; midnights.forEach(function (m) { if (m <= tick) { found = m; } }); return found; }

  // --- colours: the neutral ones follow the scheme, paper is light ---------------------------------------------------------
  var ink = {}, printing = false;
  function readColours() {
    var probe = document.body.appendChild(document.createElement("i")), style = getComputedStyle(probe);  // a canvas knows no light-dark()
    ["ink", "muted", "line", "grid", "quiet", "surface", "base", "link"].forEach(function (name) {
      probe.style.color = "var(--" + name + ")"; ink[name] = style.color;
    });
    probe.remove();
    if (printing) { Object.keys(data.neutral).forEach(function (hex) { ink[data.neutral[hex]] = hex; }); ink.line = ink.quiet; }
  }
  function colour(hex) { return hex in data.neutral ? ink[data.neutral[hex]] : hex; }
  function widthOf(canvas) { return printing ? Number(canvas.dataset.paper) : canvas.clientWidth; }
  function density() { return printing ? 3 : window.devicePixelRatio || 1; }
  function sized(canvas, height) {
    var ratio = density(), width = widthOf(canvas);
    canvas.style.height = height + "px";
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) { canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio); }
    var pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = "12px " + getComputedStyle(document.body).fontFamily;
    return { pen: pen, width: width, height: height };
  }
  function mark(pen, shape, x, y, r) {
    if (shape === "square") { pen.rect(x - r * 0.89, y - r * 0.89, r * 1.78, r * 1.78); return; }
    if (shape === "triangle") { pen.moveTo(x, y - r * 1.2); pen.lineTo(x + r * 1.15, y + r * 0.85); pen.lineTo(x - r * 1.15, y + r * 0.85); pen.closePath(); return; }
    if (shape.indexOf("diamond") === 0) { pen.moveTo(x, y - r * 1.3); pen.lineTo(x + r * 1.3, y); pen.lineTo(x, y + r * 1.3); pen.lineTo(x - r * 1.3, y); pen.closePath(); return; }
    pen.moveTo(x + r, y); pen.arc(x, y, r, 0, 6.2832);
  }
  function halo(pen, text, x, y) { pen.lineJoin = "round"; pen.lineWidth = 3; pen.strokeStyle = ink.surface; pen.strokeText(text, x, y); pen.fillStyle = ink.ink; pen.fillText(text, x, y); }
  function cut(pen, text, width) {
    if (pen.measureText(text).width <= width) { return text; }
    while (text.length > 1 && pen.measureText(text + "\u2026").width > width) { text = text.slice(0, -1); }
    return text + "\u2026";
  }

  // --- the map ----------------------------------------------------------------------------------------------------------
  var places = data.places, nPlaces = places.name.length;
  var nodeX = unpack(places.x), nodeY = unpack(places.y), map = byId("map"), view = { x: 0.5, y: 0.5, zoom: 1 }, frame = null, screenX, screenY;
  var atEdge = []; for (var e0 = 0; e0 < nPlaces; e0++) { if (!(nodeX[e0] === nodeX[e0] && nodeY[e0] === nodeY[e0])) { atEdge.push(e0); } }
  var bounds = (function () {
    var west = Infinity, east = -Infinity, south = Infinity, north = -Infinity;
    for (var i = 0; i < nPlaces; i++) { if (nodeX[i] === nodeX[i] && nodeY[i] === nodeY[i]) { west = Math.min(west, nodeX[i]); east = Math.max(east, nodeX[i]); south = Math.min(south, nodeY[i]); north = Math.max(north, nodeY[i]); } }
    return { west: west, east: east, south: south, north: north };
  })();
  var squeeze = data.schematic ? 1 : Math.max(0.2, Math.cos((bounds.south + bounds.north) / 2 * Math.PI / 180));
  var tallest = (function () { var seen = {}, most = 0; for (var i = 0; i < nPlaces; i++) { seen[nodeX[i]] = (seen[nodeX[i]] || 0) + 1; most = Math.max(most, seen[nodeX[i]]); } return most; })();
  function sizeOfMap() {
    var width = widthOf(map), room = width - (atEdge.length ? Math.min(110, width * 0.24) : 0);
    var wanted = data.schematic ? 90 + 46 * tallest : room * (bounds.north - bounds.south) / Math.max(1e-6, (bounds.east - bounds.west) * squeeze) + 44;
    return Math.round(Math.max(data.schematic ? 150 : 260, Math.min(printing ? 270 : 600, wanted)));
  }
  function layMap() {
    var width = widthOf(map), height = sizeOfMap(), gutter = atEdge.length ? Math.min(110, width * 0.24) : 0, pad = data.schematic ? 46 : 22;
    var spanX = Math.max(1e-6, (bounds.east - bounds.west) * squeeze), spanY = Math.max(1e-6, bounds.north - bounds.south);
    var roomX = Math.max(40, width - gutter - 2 * pad), roomY = height - 2 * pad;
    var scaleX = roomX / spanX, scaleY = roomY / spanY;
    if (!data.schematic) { scaleX = scaleY = Math.min(scaleX, scaleY, 400); }
    var middleX = (bounds.west + bounds.east) / 2 * squeeze, middleY = (bounds.south + bounds.north) / 2;
    frame = { width: width, height: height, gutter: gutter };
    frame.px = function (x) { return gutter + (width - gutter) / 2 + ((x * squeeze - middleX) * scaleX + (0.5 - view.x) * roomX) * view.zoom; };
    frame.py = function (y) { return height / 2 - ((y - middleY) * scaleY + (view.y - 0.5) * roomY) * view.zoom; };
    frame.roomX = roomX; frame.roomY = roomY;
    screenX = new Float32Array(nodeX.length); screenY = new Float32Array(nodeX.length);
    for (var i = 0; i < nodeX.length; i++) { screenX[i] = frame.px(nodeX[i]); screenY[i] = frame.py(nodeY[i]); if (places.kind[i] === "team") { screenX[i] += 9; screenY[i] += 9; } }
    atEdge.forEach(function (p, k) { screenX[p] = 14; screenY[p] = height * (k + 1) / (atEdge.length + 1); });
    base = null;
  }
  var base = null;
  function drawBase() {
    var ratio = density(), sheet = document.createElement("canvas");
    sheet.width = Math.round(frame.width * ratio); sheet.height = Math.round(frame.height * ratio);
    var pen = sheet.getContext("2d"); pen.scale(ratio, ratio); pen.font = "11.5px " + getComputedStyle(document.body).fontFamily;
    pen.save(); pen.beginPath(); pen.rect(frame.gutter, 0, frame.width - frame.gutter, frame.height); pen.clip();
    pen.fillStyle = ink.grid; pen.beginPath();
    data.land.forEach(function (ring) {
      for (var i = 0; i + 1 < ring.length; i += 2) {
        if (i) { pen.lineTo(frame.px(ring[i]), frame.py(ring[i + 1])); } else { pen.moveTo(frame.px(ring[i]), frame.py(ring[i + 1])); }
      }
      pen.closePath();
    });
    pen.fill("evenodd"); pen.restore();
    pen.fillStyle = ink.quiet; pen.beginPath();
    for (var i = 0; i < nPlaces; i++) { if (places.kind[i] === "point" || places.kind[i] === "team") { mark(pen, "circle", screenX[i], screenY[i], 1.3); } }
    pen.fill();
    pen.strokeStyle = ink.ink; pen.lineWidth = 1.4; pen.beginPath();
    for (i = 0; i < nPlaces; i++) { if (places.kind[i] === "depot") { mark(pen, "square", screenX[i], screenY[i], 5); } }
    pen.stroke();
    pen.fillStyle = ink.base; pen.beginPath();
    for (i = 0; i < nPlaces; i++) { if (places.kind[i] === "vendor") { mark(pen, "diamond", screenX[i], screenY[i], 4); } }
    pen.fill();
    base = sheet;
  }
  function nameable() {
    var found = [];
    for (var i = 0; i < nPlaces; i++) { if (places.kind[i] === "depot") { found.push(i); } }
    for (i = 0; i < nPlaces; i++) { if (places.kind[i] === "vendor") { found.push(i); } }
    if (nPlaces <= 40) { for (i = 0; i < nPlaces; i++) { if (places.kind[i] === "point" || places.kind[i] === "team") { found.push(i); } } }
    return found.slice(0, 60);
  }
  var named = nameable();
  function drawNames(pen) {
    var taken = [];
    pen.font = "11.5px " + getComputedStyle(document.body).fontFamily;
    (chosen >= 0 ? [chosen].concat(named) : named).forEach(function (p) {
      var edge = atEdge.indexOf(p) >= 0, text = cut(pen, places.name[p], edge ? frame.gutter - 26 : 120), w = pen.measureText(text).width;
      var off = p === chosen ? 16 : 9, x = screenX[p] + off, y = screenY[p] + 4;
      if (x + w > frame.width - 2) { x = screenX[p] - off - w; }
      var box = [x - 2, y - 12, x + w + 2, y + 4];
      if (x < 0 || y < 10 || y > frame.height) { return; }
      if (taken.some(function (o) { return box[0] < o[2] && o[0] < box[2] && box[1] < o[3] && o[1] < box[3]; })) { return; }
      taken.push(box); halo(pen, text, x, y);
    });
  }
  function Ways(packed) { this.kind = unpack(packed.kind); this.begin = unpack(packed.begin); this.end = unpack(packed.end); this.from = unpack(packed.from); this.to = unpack(packed.to); }
  var ways = [new Ways(data.units), new Ways(data.shipments)];
  var spot = [0, 0];
  function locate(a, b, part, turn) {
    var xa, ya, xb, yb;
    if (a >= 0) { xa = screenX[a]; ya = screenY[a]; }
    if (b >= 0) { xb = screenX[b]; yb = screenY[b]; }
    if (a < 0) { xa = xb; ya = yb; }
    if (b < 0) { xb = xa; yb = ya; }
    if (Math.abs(xa - xb) + Math.abs(ya - yb) < 14) {
      var angle = turn * 2.39996, r = 16;
      if (b < 0 || b >= nPlaces) { xb = xa + r * Math.cos(angle); yb = ya + r * Math.sin(angle); } else { xa = xb + r * Math.cos(angle); ya = yb + r * Math.sin(angle); }
    }
    spot[0] = xa + (xb - xa) * part; spot[1] = ya + (yb - ya) * part;
  }
  function drawWays(pen, now) {
    var paths = data.looks.ways.map(function () { return new Path2D(); }), any = [];
    ways.forEach(function (w) {
      for (var i = 0; i < w.kind.length; i++) {
        if (w.begin[i] > now || w.end[i] <= now) { continue; }
        locate(w.from[i], w.to[i], (now - w.begin[i]) / Math.max(1e-6, w.end[i] - w.begin[i]), i);
        var kind = w.kind[i], shape = data.looks.ways[kind][1];
        any[kind] = true;
        if (shape === "circle" || shape === "hollow") { paths[kind].rect(spot[0] - 1.3, spot[1] - 1.3, 2.6, 2.6); } else { mark(paths[kind], shape, spot[0], spot[1], shape === "square" ? 1.9 : 3); }
      }
    });
    data.looks.ways.forEach(function (look, kind) {
      if (!any[kind]) { return; }
      if (look[1] === "hollow" || look[1] === "diamond-hollow") { pen.strokeStyle = colour(look[0]); pen.lineWidth = 1; pen.stroke(paths[kind]); } else { pen.fillStyle = colour(look[0]); pen.fill(paths[kind]); }
    });
  }
  var waitNames = ["technician", "part", "owner", "work"], mostUnits = (function () {
    var most = 1, series = waitNames.map(function (n) { return steps[n].highest(); });
    for (var o = 0; o < steps.work.owners; o++) { most = Math.max(most, series[0][o] + series[1][o] + series[2][o] + series[3][o]); }
    return most;
  })();
  function drawPlaces(pen, tick) {
    var here = waitNames.map(function (n) { return steps[n].seek(tick); }), paths = data.looks.waits.map(function () { return new Path2D(); });
    var scale = Math.min(6, 15 / Math.sqrt(mostUnits));
    for (var p = 0; p < nPlaces; p++) {
      var w = places.workshop[p];
      if (w < 0) { continue; }
      var a = here[0][w], b = here[1][w], c = here[2][w], d = here[3][w], all = a + b + c + d;
      if (!all) { continue; }
      var kind = a >= b && a >= c && a >= d ? 0 : (b >= c && b >= d ? 1 : (c >= d ? 2 : 3));
      mark(paths[kind], data.looks.waits[kind][1], screenX[p], screenY[p], Math.max(1.9, scale * Math.sqrt(all)));
    }
    pen.globalAlpha = 0.82;
    data.looks.waits.forEach(function (look, kind) { pen.fillStyle = colour(look[0]); pen.fill(paths[kind]); });
    pen.globalAlpha = 1;
  }
  function drawMap(now) {
    if (!frame || frame.width !== widthOf(map)) { layMap(); }
    if (!base) { drawBase(); }
    var tick = Math.floor(now), sheet = sized(map, frame.height), pen = sheet.pen;
    pen.drawImage(base, 0, 0, frame.width, frame.height);
    drawPlaces(pen, tick);
    drawWays(pen, now);
    drawNames(pen);
    if (chosen >= 0) { ring(pen, screenX[chosen], screenY[chosen], 12, ink.link); }
    if (story) { storySpot(now); ring(pen, spot[0], spot[1], 7, ink.ink); halo(pen, cut(pen, story.title, 140), Math.min(spot[0] + 10, frame.width - 146), spot[1] - 8); }
  }
  function ring(pen, x, y, r, stroke) { pen.beginPath(); pen.arc(x, y, r, 0, 6.2832); pen.lineWidth = 4; pen.strokeStyle = ink.surface; pen.stroke(); pen.lineWidth = 2; pen.strokeStyle = stroke; pen.stroke(); }
  function storySpot(now) {
    var at = story.home, found = false;
    for (var i = 0; i < story.ways.length && !found; i++) {
      var w = story.ways[i];
      if (now < w[1]) { if (i === 0) { at = w[3]; } break; }
      if (now < w[2]) { locate(w[3], w[4], (now - w[1]) / (w[2] - w[1]), i); found = true; }
      at = w[4];
    }
    if (!found) { if (at < 0) { at = story.home; } spot[0] = at < 0 ? -99 : screenX[at]; spot[1] = at < 0 ? -99 : screenY[at]; }
  }

  // --- curves -----------------------------------------------------------------------------------------------------------
  var GAP = 8;
  function drawCurves(canvas, rows, now) {
    var ROW = printing ? 40 : 74;
    var sheet = sized(canvas, rows.length * (ROW + GAP) + 20), pen = sheet.pen, width = sheet.width - 2;
    if (width < 20) { return; }
    function px(tick) { return 1 + tick / last * width; }
    var foot = rows.length * (ROW + GAP);
    var days = midnights[0] > 0 ? [0].concat(midnights) : midnights;
    function wide(i) { return px(i + 1 < days.length ? days[i + 1] : last) - px(days[i]); }
    var whole = days.every(function (day, i) { return wide(i) < 20 || pen.measureText(fill(words.day, pieces(day))).width <= wide(i) - 6; });
    days.forEach(function (day, i) {
      var when = pieces(day), x = px(day), label = whole ? fill(words.day, when) : when.weekday;
      pen.strokeStyle = ink.line; pen.lineWidth = 1; pen.beginPath(); pen.moveTo(Math.round(x) + 0.5, 0); pen.lineTo(Math.round(x) + 0.5, foot); pen.stroke();
      pen.fillStyle = ink.muted;
      if (pen.measureText(label).width <= wide(i) - 4) { pen.fillText(label, x + 4, foot + 14); }
    });
    rows.forEach(function (row, i) {
      var low = i * (ROW + GAP) + ROW, most = Math.max(1, row.most === undefined ? top(row.series) : row.most);
      function py(value) { return low - value / most * (ROW - 20); }
      function path(series, close) {
        pen.beginPath(); pen.moveTo(px(0), close ? low : py(series[0]));
        var step = Math.max(1, Math.floor((last + 1) / (width * 2)));
        for (var t = 0; t <= last; t += step) { var v = series[t]; for (var k = 1; k < step && t + k <= last; k++) { if (series[t + k] > v) { v = series[t + k]; } } pen.lineTo(px(t), py(v)); }
        if (close) { pen.lineTo(px(last), low); pen.closePath(); }
      }
      path(row.series, true); pen.fillStyle = colour(row.colour); pen.globalAlpha = 0.2; pen.fill(); pen.globalAlpha = 1;
      path(row.series, false); pen.strokeStyle = colour(row.colour); pen.lineWidth = 1.6; pen.stroke();
      if (row.part) { path(row.part, true); pen.fillStyle = colour(row.partColour); pen.globalAlpha = 0.55; pen.fill(); pen.globalAlpha = 1; pen.setLineDash([4, 2]); path(row.part, false); pen.strokeStyle = colour(row.partColour); pen.stroke(); pen.setLineDash([]); }
      pen.strokeStyle = ink.line; pen.lineWidth = 1; pen.beginPath(); pen.moveTo(1, low + 0.5); pen.lineTo(1 + width, low + 0.5); pen.stroke();
      var tick = Math.min(last, Math.floor(now));
      var values = { name: row.name, n: number(row.series[tick]), most: number(top(row.series)), part: row.partName, m: row.part ? number(row.part[tick]) : "" };
      halo(pen, cut(pen, fill(row.part ? words.curveOfTwo : words.curve, values), width - 8), 6, low - ROW + 14);
    });
    var x = px(Math.min(now, last));
    pen.strokeStyle = ink.link; pen.lineWidth = 2; pen.beginPath(); pen.moveTo(x, 0); pen.lineTo(x, foot); pen.stroke();
  }
  var looks = data.looks, rowsOfCourse = [];
  if (top(total("open"))) { rowsOfCourse.push({ name: words.curves.open, series: total("open"), colour: looks.waits[0][0], part: top(total("late")) ? total("late") : null, partName: words.curves.late, partColour: looks.ways[6][0] }); }
  if (steps.waiting) { rowsOfCourse.push({ name: words.curves.waiting, series: total("waiting"), colour: looks.ways[6][0] }); }
  if (steps.owed) { rowsOfCourse.push({ name: words.curves.owed, series: total("owed"), colour: looks.waits[1][0] }); }

  // --- bars beside the map ----------------------------------------------------------------------------------------------
  function bar(list) {
    var item = element("li"), head = element("div", "", "name"), name = element("span"), value = element("span"), track = element("div", "", "track"), part = element("div", "", "fill"), second = element("div", "", "fill hatch");
    head.append(name, value); track.append(part, second); item.append(head, track); list.append(item);
    return { item: item, name: name, value: value, track: track, part: part, second: second };
  }
  function show(node, text) { if (node.textContent !== text) { node.textContent = text; } }
  function stretch(b, share, hex, share2, hex2) {
    b.part.style.width = Math.min(100, 100 * share) + "%"; b.part.style.background = hex;
    b.second.style.left = Math.min(100, 100 * share) + "%"; b.second.style.width = Math.min(100 - 100 * Math.min(1, share), 100 * (share2 || 0)) + "%"; b.second.style.backgroundColor = hex2 || "transparent";
  }
  var centreRows = [], perDot = 1;
  if (steps.waiting) {
    var most = top(steps.waiting.highest()); while (most / perDot > 30) { perDot = perDot * (String(perDot)[0] === "2" ? 2.5 : 2); }
    show(byId("dots"), fill(words.dots, { n: number(perDot) }));
    data.centres.forEach(function (name, centre) {
      byId("centres").append(element("li", name, "head"));
      data.lines.forEach(function (line, ix) {
        if (line.centre !== centre || !line.people) { return; }
        var item = element("li"), head = element("div", "", "name"), value = element("span"), dots = element("div", "", "dots");
        head.append(element("span", line.name), value); item.append(head, dots); byId("centres").append(item);
        centreRows.push({ line: ix, value: value, dots: dots });
      });
      data.groups.forEach(function (group, ix) { if (group.centre === centre) { var b = bar(byId("centres")); show(b.name, group.name); centreRows.push({ group: ix, bar: b, most: Math.max(1, steps.agents.highest()[ix], steps.handled.highest()[ix]) }); } });
    });
  }
  function showCentres(tick) {
    if (!steps.waiting) { return; }
    var waiting = steps.waiting.seek(tick), handled = steps.handled.seek(tick), agents = steps.agents.seek(tick);
    centreRows.forEach(function (row) {
      if (row.bar) {
        var busy = handled[row.group], staff = agents[row.group];
        show(row.bar.value, fill(words.agents, { busy: number(busy), staff: number(staff) }));
        stretch(row.bar, Math.min(busy, staff) / row.most, looks.waits[0][0], Math.max(0, staff - busy) / row.most, looks.waits[3][0]);
      } else { show(row.value, fill(words.waiting, { n: number(waiting[row.line]) })); row.dots.style.width = 9 * Math.ceil(waiting[row.line] / perDot) + "px"; row.dots.classList.toggle("none", !waiting[row.line]); }
    });
  }
  var placeOfWorkshop = [], queueBars = [];
  places.workshop.forEach(function (w, p) { if (w >= 0) { placeOfWorkshop[w] = p; } });
  var mostQueue = (function () { var a = steps.technician.highest(), b = steps.part.highest(), m = 1; for (var i = 0; i < a.length; i++) { m = Math.max(m, a[i] + b[i]); } return m; })();
  function showQueues(tick) {
    var list = byId("queues"); if (!list) { return; }
    var a = steps.technician.seek(tick), b = steps.part.seek(tick), order = [];
    for (var i = 0; i < a.length; i++) { if (a[i] + b[i] > 0) { order.push(i); } }
    order.sort(function (x, y) { return (a[y] + b[y]) - (a[x] + b[x]) || x - y; });
    if (!queueBars.length) { for (var k = 0; k < 8; k++) { queueBars.push(bar(list)); } queueBars.none = element("li", words.noQueue); list.append(queueBars.none); }
    queueBars.none.hidden = order.length > 0;
    queueBars.forEach(function (q, rank) {
      var w = order[rank]; q.item.hidden = w === undefined; if (w === undefined) { return; }
      show(q.name, places.name[placeOfWorkshop[w]]); show(q.value, fill(words.queue, { technician: number(a[w]), part: number(b[w]) }));
      stretch(q, a[w] / mostQueue, looks.waits[0][0], b[w] / mostQueue, looks.waits[1][0]);
    });
  }
  var stockBars = [];
  if (steps.hand) {
    var highest = steps.hand.highest(), owing = steps.owed.highest();
    places.location.forEach(function (l, p) { if (l >= 0 && places.kind[p] === "depot") { stockBars.push({ location: l, place: p, most: Math.max(1, highest[l]) }); } });
    if (!stockBars.length) { places.location.forEach(function (l, p) { if (l >= 0 && highest[l] + owing[l]) { stockBars.push({ location: l, place: p, most: Math.max(1, highest[l], owing[l]) }); } }); }
    stockBars.sort(function (x, y) { return y.most - x.most || x.place - y.place; }); stockBars = stockBars.slice(0, 10);
    stockBars.forEach(function (s) { s.bar = bar(byId("stock")); show(s.bar.name, places.name[s.place]); });
  }
  var owedBars = [];
  function showStock(tick) {
    if (!steps.hand) { return; }
    var hand = steps.hand.seek(tick), owed = steps.owed.seek(tick);
    stockBars.forEach(function (s) {
      show(s.bar.value, fill(owed[s.location] ? words.stockOwed : words.stock, { hand: number(hand[s.location]), owed: number(owed[s.location]) }));
      stretch(s.bar, hand[s.location] / (s.most * 1.25), looks.ways[5][0], owed[s.location] / (s.most * 1.25), looks.ways[6][0]);
    });
    var partHand = steps.partHand.seek(tick), partOwed = steps.partOwed.seek(tick), order = [];
    for (var i = 0; i < partOwed.length; i++) { if (partOwed[i]) { order.push(i); } }
    order.sort(function (x, y) { return partOwed[y] - partOwed[x] || x - y; });
    if (!owedBars.length) { for (var k = 0; k < 8; k++) { owedBars.push(bar(byId("owed"))); } owedBars.none = element("li", words.noneOwed); byId("owed").append(owedBars.none); owedBars.most = Math.max(1, top(steps.partOwed.highest())); }
    owedBars.none.hidden = order.length > 0;
    owedBars.forEach(function (b, rank) {
      var part = order[rank]; b.item.hidden = part === undefined; if (part === undefined) { return; }
      show(b.name, data.parts[part]); show(b.value, fill(words.partOwed, { owed: number(partOwed[part]), hand: number(partHand[part]) }));
      stretch(b, 0, "", partOwed[part] / owedBars.most, looks.ways[6][0]);
    });
  }
  function counters(tick) {
    var since = midnight(tick), found = {};
    function past(name) { return total(name)[tick] - (since > 0 ? total(name)[since - 1] : 0); }
    found.open = total("open")[tick]; found.late = total("late")[tick]; found.today = past("closed"); found.way = total("units")[tick];
    found.calls = total("waiting")[tick]; found.came = past("arrived"); found.owedNow = total("owed")[tick]; found.handNow = total("hand")[tick]; found.parcels = total("shipments")[tick];
    return found;
  }
  var shown = Array.prototype.slice.call(document.querySelectorAll("[id^=now-]"));
  function showNumbers(tick) {
    var found = counters(tick);
    shown.forEach(function (node) { show(node, number(found[node.id.slice(4)])); });
    showCentres(tick); showQueues(tick); showStock(tick); showPlace(tick); showStory(tick);
  }

  // --- a place, an order ------------------------------------------------------------------------------------------------
  var chosen = -1, story = null, placeRows = [], placeCurves = [];
  var placeList = byId("place");
  placeList.append(element("option", words.choosePlace));
  placeList.firstChild.value = "-1";
  ["depot", "point", "team", "vendor"].forEach(function (kind) {
    var group = element("optgroup"), any = false; group.label = words.kinds[kind];
    for (var p = 0; p < nPlaces; p++) { if (places.kind[p] === kind) { var option = element("option", places.name[p]); option.value = p; group.append(option); any = true; } }
    if (any) { placeList.append(group); }
  });
  function choosePlace(p) {
    chosen = p; placeList.value = String(p); byId("place-shown").hidden = p < 0; byId("place-card").classList.toggle("used", p >= 0);
    placeRows = []; placeCurves = [];
    if (p < 0) { draw(); return; }
    var values = { name: places.name[p], kind: words.kinds[places.kind[p]], region: places.region[p] };
    show(byId("place-name"), fill(values.region ? words.placeTitleRegion : words.placeTitle, values));
    var table = byId("place-table"); table.textContent = "";
    var head = element("tr"), thead = element("thead"), body = element("tbody");
    ["", words.now, words.mean, words.most].forEach(function (text) { var cell = element(text ? "th" : "td", text); if (text) { cell.scope = "col"; } head.append(cell); });
    thead.append(head); table.append(thead, body);
    Object.keys(words.placeRows).forEach(function (name) {
      var owner = name === "hand" || name === "owed" ? places.location[p] : places.workshop[p];
      if (!steps[name] || owner < 0) { return; }
      var series = steps[name].of(owner), sum = 0;
      for (var t = 0; t < last; t++) { sum += series[t]; }
      var row = element("tr"), title = element("th", words.placeRows[name]), now = element("td"), mean = sum / Math.max(1, last);
      title.scope = "row"; row.append(title, now, element("td", mean >= 100 ? number(Math.round(mean)) : mean.toFixed(1)), element("td", number(top(series)))); body.append(row);
      placeRows.push({ series: series, cell: now });
      var look = { technician: looks.waits[0][0], part: looks.waits[1][0], hand: looks.ways[5][0] }[name];
      if (look && top(series)) { placeCurves.push({ name: words.placeRows[name], series: series, colour: look }); }
    });
    byId("place-course").hidden = !placeCurves.length;
    draw();
  }
  function showPlace(tick) { placeRows.forEach(function (row) { show(row.cell, number(row.series[tick])); }); }
  placeList.addEventListener("change", function () { choosePlace(Number(placeList.value)); });
  var orderList = byId("order"), storyLines = [];
  if (orderList) {
    orderList.append(element("option", words.chooseOrder)); orderList.firstChild.value = "-1";
    data.stories.forEach(function (one, i) { var option = element("option", one.label); option.value = i; orderList.append(option); });
    orderList.addEventListener("change", function () { chooseOrder(Number(orderList.value)); });
  }
  function chooseOrder(i) {
    story = i < 0 ? null : data.stories[i]; byId("order-shown").hidden = !story; byId("order-card").classList.toggle("used", !!story); storyLines = [];
    if (story) {
      show(byId("order-name"), story.title);
      var facts = byId("order-facts"), life = byId("order-life"); facts.textContent = ""; life.textContent = "";
      story.facts.forEach(function (pair) { facts.append(element("dt", pair[0]), element("dd", pair[1])); });
      story.lines.forEach(function (line) { var item = element("li"), time = element("time", line[1]); item.append(time, document.createTextNode(" " + line[2])); life.append(item); storyLines.push({ begin: line[0], item: item }); });
      story.parts.concat([story.end]).forEach(function (text) { life.append(element("li", text)); });
      var first = story.ways.length ? Math.max(0, story.ways[0][1]) : Math.max(0, Math.min(last, story.lines.length ? story.lines[0][0] : 0));
      go(Math.min(last, first));
    } else { draw(); }
  }
  function showStory(tick) {
    var current = -1; storyLines.forEach(function (line, i) { if (line.begin <= tick) { current = i; } });
    storyLines.forEach(function (line, i) {
      line.item.className = i < current ? "past" : "";
      if (i === current) { line.item.setAttribute("aria-current", "step"); } else { line.item.removeAttribute("aria-current"); }
    });
  }

  // --- time: play, speed, scrub -------------------------------------------------------------------------------------------
  var now = 0, playing = false, before = 0, shownAt = 0, scrub = byId("scrub"), play = byId("play");
  scrub.max = last;
  function speed() { return Number(document.querySelector("input[name=speed]:checked").value) * HOUR; }
  function draw() {
    var tick = Math.min(last, Math.floor(now));
    show(byId("clock"), instant(tick)); scrub.value = tick;
    drawMap(now); drawCurves(byId("course"), rowsOfCourse, now);
    if (placeCurves.length) { drawCurves(byId("place-course"), placeCurves, now); }
    showNumbers(tick);
  }
  function tell() {
    var tick = Math.min(last, Math.floor(now)), text = "";
    shown.forEach(function (node) {
      var piece = fill(words.namedNumber, { name: node.previousElementSibling.textContent, n: node.textContent });
      text = text ? fill(words.join, { a: text, b: piece }) : piece;
    });
    scrub.setAttribute("aria-valuetext", instant(tick));
    show(byId("live"), fill(words.summary, { instant: instant(tick), numbers: text }));
  }
  function frameOf(time) {
    if (!playing) { return; }
    now = Math.min(last, now + Math.min(0.25, (time - before) / 1000) * speed()); before = time;
    var tick = Math.min(last, Math.floor(now));
    drawMap(now);
    if (time - shownAt > 120) { shownAt = time; show(byId("clock"), instant(tick)); scrub.value = tick; drawCurves(byId("course"), rowsOfCourse, now); if (placeCurves.length) { drawCurves(byId("place-course"), placeCurves, now); } showNumbers(tick); }
    if (now >= last) { set(false); return; }
    window.requestAnimationFrame(frameOf);
  }
  function set(on) {
    if (on === playing) { return; }
    playing = on; show(play, on ? words.pause : words.play); document.body.dataset.playing = on ? "yes" : "no";
    if (on) { if (now >= last) { now = 0; } show(byId("live"), ""); before = window.performance.now(); window.requestAnimationFrame(function (time) { before = time; frameOf(time); }); } else { draw(); tell(); }
  }
  function go(tick) { now = Math.max(0, Math.min(last, tick)); draw(); if (!playing) { tell(); } }
  play.addEventListener("click", function () { set(!playing); });
  byId("back").addEventListener("click", function () { go(now - HOUR); });
  byId("ahead").addEventListener("click", function () { go(now + HOUR); });
  var peak = (function () {
    var series = steps.waiting && top(total("waiting")) ? total("waiting") : total("technician"), best = 0;
    if (!top(series)) { series = top(total("open")) ? total("open") : total("owed"); }
    for (var t = 1; t <= last; t++) { if (series[t] > series[best]) { best = t; } }
    return best;
  })();
  byId("busiest").addEventListener("click", function () { set(false); go(peak); });
  scrub.addEventListener("input", function () { go(Number(scrub.value)); });
  byId("course").addEventListener("click", function (event) { go((event.offsetX - 1) / Math.max(1, byId("course").clientWidth - 2) * last); });
  document.addEventListener("keydown", function (event) {
    var name = event.target.tagName, kind = event.target.type;
    if (event.ctrlKey || event.altKey || event.metaKey || name === "SELECT" || (name === "INPUT" && kind !== "range")) { return; }
    if (event.key === " " && name !== "BUTTON" && name !== "SUMMARY") { set(!playing); event.preventDefault(); }
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") { go(now + (event.key === "ArrowLeft" ? -1 : 1) * HOUR * (event.shiftKey ? 24 : 1)); event.preventDefault(); }
  });

  // --- moving the map -------------------------------------------------------------------------------------------------------
  function zoomTo(zoom) { view.zoom = Math.max(1, Math.min(24, zoom)); if (view.zoom === 1) { view.x = view.y = 0.5; } layMap(); draw(); }
  document.querySelectorAll("button[data-zoom]").forEach(function (button) {
    button.addEventListener("click", function () {
      if (button.dataset.zoom === "home") { zoomTo(1); return; }
      if (button.dataset.zoom === "in" && chosen >= 0 && atEdge.indexOf(chosen) < 0) { centre(chosen); }
      zoomTo(view.zoom * (button.dataset.zoom === "in" ? 1.6 : 1 / 1.6));
    });
  });
  function centre(p) { view.x += (screenX[p] - frame.gutter - (frame.width - frame.gutter) / 2) / (frame.roomX * view.zoom); view.y -= (screenY[p] - frame.height / 2) / (frame.roomY * view.zoom); }
  var drag = null;
  map.addEventListener("pointerdown", function (event) { drag = { x: event.offsetX, y: event.offsetY, moved: false }; });
  map.addEventListener("pointermove", function (event) {
    if (!drag || view.zoom === 1) { return; }
    var dx = event.offsetX - drag.x, dy = event.offsetY - drag.y;
    if (Math.abs(dx) + Math.abs(dy) > 4) { drag.moved = true; view.x -= dx / (frame.roomX * view.zoom); view.y += dy / (frame.roomY * view.zoom); drag.x = event.offsetX; drag.y = event.offsetY; layMap(); if (!playing) { drawMap(now); } }
  });
  map.addEventListener("pointerleave", function () { drag = null; });
  map.addEventListener("pointerup", function (event) {
    var was = drag; drag = null;
    if (!was || was.moved) { return; }
    var best = -1, near = 16 * 16;
    for (var p = 0; p < nPlaces; p++) { var dx = screenX[p] - event.offsetX, dy = screenY[p] - event.offsetY, d = dx * dx + dy * dy; if (d < near) { near = d; best = p; } }
    choosePlace(best);
  });

  // --- numbers by hour as a file ----------------------------------------------------------------------------------------------
  byId("csv").addEventListener("click", function () {
    var text = data.csv.map(function (row) { return row.map(function (cell) { cell = String(cell); return /[",\n]/.test(cell) ? '"' + cell.replace(/"/g, '""') + '"' : cell; }).join(","); }).join("\r\n") + "\r\n";
    var link = element("a"); link.href = URL.createObjectURL(new Blob(["\ufeff" + text], { type: "text/csv" })); link.download = words.csvName;
    document.body.append(link); link.click(); link.remove(); window.setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  });

  // --- begin ----------------------------------------------------------------------------------------------------------------
  function anew() { readColours(); frame = null; draw(); }
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", anew);
  document.addEventListener("colours", anew);
  var pending = 0;
  window.addEventListener("resize", function () { window.clearTimeout(pending); pending = window.setTimeout(function () { if (!window.matchMedia("print").matches) { anew(); } }, 100); });
  window.addEventListener("beforeprint", function () { printing = true; set(false); anew(); });
  window.addEventListener("afterprint", function () { printing = false; anew(); });
  readColours(); draw(); tell();
  document.body.dataset.drawn = "yes";
  if (!window.matchMedia("(prefers-reduced-motion: reduce)").matches) { set(true); }
})();
