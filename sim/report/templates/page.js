"use strict";
// What every page has: light or dark colours at the reader's choice, and the place in the list of contents.
(function () {
  var root = document.documentElement;
  var button = document.getElementById("colours");
  var system = window.matchMedia("(prefers-color-scheme: dark)");
  function isDark() { return root.dataset.theme ? root.dataset.theme === "dark" : system.matches; }
  function label() { button.textContent = isDark() ? button.dataset.light : button.dataset.dark; }
  button.addEventListener("click", function () {
    root.dataset.theme = isDark() ? "light" : "dark";
    label();
    document.dispatchEvent(new CustomEvent("colours"));
  });
  system.addEventListener("change", label);
  label();
  button.hidden = false;

  var links = new Map();
  document.querySelectorAll(".toc a").forEach(function (link) {
    var target = document.getElementById(link.hash.slice(1));
    if (target) { links.set(target.closest("section"), link); }
  });
  if ("IntersectionObserver" in window) {
    var observer = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) { return; }
        links.forEach(function (link, section) {
          if (section === entry.target) { link.setAttribute("aria-current", "true"); } else { link.removeAttribute("aria-current"); }
        });
      });
    }, { rootMargin: "-15% 0px -75%" });
    links.forEach(function (_, section) { observer.observe(section); });
  }
})();
