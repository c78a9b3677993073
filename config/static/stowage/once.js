// A form that is on its way is not sent again by a second click; coming back by Back frees it. One
// that is answered by a download stays where it is and may be sent again.
const underWay = new Set();
window.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if ("download" in event.target.dataset) return;
  if (underWay.has(event.target)) event.preventDefault();
  underWay.add(event.target);
});
window.addEventListener("pageshow", () => underWay.clear());
