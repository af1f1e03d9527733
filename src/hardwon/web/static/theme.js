// Runs before the first paint, so a chosen theme never flashes.
try { const t = localStorage.getItem("hardwon-theme"); if (t) document.documentElement.dataset.theme = t; } catch { /* storage is off: the system decides */ }
