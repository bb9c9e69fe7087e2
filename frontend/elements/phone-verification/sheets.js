/**
 * Fetches the style sheets once for a document and lends them to each shadow root. Fetched rather than linked: a
 * page with a policy of its own then needs to allow only the connection it allows for the calls anyway, and all
 * sheets arrive as one.
 */

/** All there are; `index.html` asks for them early. */
export const FILES = ['styles/tokens.css', 'styles/base.css', 'styles/controls.css', 'styles/steps.css'];

/** How long the page waits for its style sheets before it is shown without them. */
const STYLES_TIMEOUT_MS = 3000;

/** @type {Promise<CSSStyleSheet[]> | null} */
let sheets = null;

/**
 * Applies the style sheets to a shadow root. Resolves when they are applied, or after a time limit, when showing
 * the page without them is better than showing nothing; sheets that arrive later are still applied.
 * @param {ShadowRoot} root
 */
export async function applyStyles(root) {
  if (root.adoptedStyleSheets.length > 0) return;
  const applied = fetched().then((found) => void (root.adoptedStyleSheets = found), () => {
    // The browser has said on its console what could not be loaded; the next element tries again.
    sheets = null;
  });
  const timeLimit = new Promise((resolve) => setTimeout(resolve, STYLES_TIMEOUT_MS));
  await Promise.race([applied, timeLimit]);
}

function fetched() {
  sheets ??= Promise.all(FILES.map(async (file) => {
    const response = await fetch(new URL(`../../${file}`, import.meta.url));
    if (!response.ok) throw new Error(`${file}: ${response.status}`);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(await response.text());
    return sheet;
  }));
  return sheets;
}
