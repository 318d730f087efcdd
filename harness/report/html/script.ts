// SPDX-License-Identifier: MIT

/**
 * What runs in the page: the search among programs and their results. A program is
 * shown where it or one of its results has the words; its results are looked
 * through only while it is so.
 */
export const SCRIPT = `
const words = document.getElementById('words');
const which = document.getElementById('which');
const found = document.getElementById('found');
const programs = [...document.querySelectorAll('details.program')].map((box) => ({
  box,
  head: box.firstElementChild.textContent.toLowerCase(),
  leaves: [...box.querySelectorAll('li')].map((item) => [item, item.textContent.toLowerCase()]),
}));
const look = () => {
  const asked = words.value.trim().toLowerCase();
  let shown = 0;
  for (const { box, head, leaves } of programs) {
    const wanted = which.value === 'all' || box.dataset.state === which.value;
    const whole = asked === '' || head.includes(asked);
    let some = whole;
    for (const [item, text] of leaves) {
      const hit = whole || text.includes(asked);
      item.hidden = !hit;
      some ||= hit;
    }
    box.hidden = !(wanted && some);
    if (!box.hidden) shown += 1;
  }
  found.textContent = shown + ' of ' + programs.length + ' programs';
};
words.addEventListener('input', look);
which.addEventListener('change', look);
document.querySelector('form').addEventListener('submit', (event) => event.preventDefault());
look();
`;
