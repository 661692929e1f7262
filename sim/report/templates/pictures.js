"use strict";
(async function () {
  var asked = JSON.parse(document.getElementById("figures").textContent);
  var drawn = [];
  try {
    for (var figure of asked.figures) {
      var size = { format: asked.kind, width: figure.layout.width, height: figure.layout.height, scale: asked.scale };
      drawn.push(await Plotly.toImage({ data: figure.data, layout: figure.layout }, size));
    }
  } catch (fault) {
    drawn = String(fault);
  }
  document.getElementById("drawn").textContent = JSON.stringify(drawn);
})();
