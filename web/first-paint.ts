// Runs before anything is painted, so that no other theme flashes up than the one that was chosen. The
// page itself does the same later; this file is a script of its own, because it must not wait for that.

// Touching the storage throws where cookies are blocked.
try {
  const theme = localStorage.getItem("clawdis:theme")
  if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme
} catch {
  // The page is as the system is.
}
