/* docs/_static/scripts/furo.js - what the pages do, in place of the theme's script.
 *
 * Debian's is a module, and a browser loads no module from a file.  The button for light and
 * dark, the arrow back to the top, and the mark at the current heading in the table of
 * contents. */
"use strict";

/* The button goes to the other scheme first, then to the same one, then to the system's. */
function nextTheme(theme) {
    const isDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
    const order = isDark ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    return order[(order.indexOf(theme) + 1) % order.length];
}

function changeTheme() {
    const theme = nextTheme(document.body.dataset.theme);
    document.body.dataset.theme = theme;
    localStorage.setItem("theme", theme);
}

let lastTop = 0;

/* The arrow shows when the reader scrolls up. */
function showArrow() {
    const top = window.scrollY;
    document.documentElement.classList.toggle("show-back-to-top", top > 64 && top < lastTop);
    lastTop = top;
}

function markHeading() {
    const links = Array.from(document.querySelectorAll(".toc-tree a[href^='#']"));
    const passed = links.filter(function (link) {
        const id = decodeURIComponent(link.hash.slice(1));
        const heading = id ? document.getElementById(id) : document.querySelector("article");
        return heading && heading.getBoundingClientRect().top < 100;
    });
    links.forEach(function (link) {
        link.parentElement.classList.toggle("scroll-current", link === passed[passed.length - 1]);
    });
}

document.addEventListener("DOMContentLoaded", function () {
    document.documentElement.classList.remove("no-js");
    document.querySelectorAll(".theme-toggle").forEach(function (button) {
        button.addEventListener("click", changeTheme);
    });
    window.addEventListener("scroll", showArrow);
    window.addEventListener("scroll", markHeading);
    markHeading();
});
