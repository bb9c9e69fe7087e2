/**
 * Fetches the style sheets once for a document and lends them to each shadow root. Fetched rather than linked: a
 * page with a policy of its own then needs to allow only the connection it allows for the calls anyway, and all
 * sheets arrive as one.
 */

/** All there are; `index.html` asks for them early. */
export const FILES = ['styles/tokens.css', 'styles/base.css', 'styles/controls.css', 'styles/steps.css'];

/** How long words without style are worth holding back. */
const PATIENCE_MS = 3000;

/** @type {Promise<CSSStyleSheet[]> | null} */
let sheets = null;

/**
 * Dresses a shadow root. Resolves when it is dressed or when waiting longer would be worse than looking plain;
 * sheets that come later are put on later.
 * @param {ShadowRoot} root
 */
export async function dress(root) {
  if (root.adoptedStyleSheets.length > 0) return;
  const dressed = fetched().then((found) => void (root.adoptedStyleSheets = found), () => {
    // The browser has said on its console what could not be loaded; the next element tries again.
    sheets = null;
  });
  const bored = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([dressed, bored]);
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
