/**
 * Carries what a person did in one view over to the view that takes its place in another language: what was
 * typed and chosen, what was opened, and where the focus was. The choice of language is not: it is what has just changed.
 */

/** @param {Element} before @param {Element} after @param {string} focused id of what had the focus, or empty */
export function carryOver(before, after, focused) {
  for (const old of before.querySelectorAll('input, select:not(#language)')) {
    const now = twin(old.id, after);
    if (old instanceof HTMLInputElement && now instanceof HTMLInputElement) {
      now.value = old.value;
      now.checked = old.checked;
    } else if (old instanceof HTMLSelectElement && now instanceof HTMLSelectElement) now.value = old.value;
    now?.dispatchEvent(new Event('change', { bubbles: true }));
  }
  const opened = [...before.querySelectorAll('details')];
  for (const [index, details] of [...after.querySelectorAll('details')].entries()) details.open = opened[index]?.open ?? false;
  const target = focused ? twin(focused, after) : null;
  if (target instanceof HTMLElement) target.focus();
}

/** @param {string} id @param {Element} within */
function twin(id, within) {
  return within.querySelector(`#${CSS.escape(id)}`);
}
