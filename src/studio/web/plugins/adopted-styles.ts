// media-chrome writes <style> elements into its shadow roots, which a policy of `style-src 'self'` forbids. Here its
// style sheets are made adopted ones, which that policy allows (CSP 3 §8.4 leaves CSSOM alone).
import type { Plugin } from 'vite';

const SHADOW_HTML =
  /this\.shadowRoot\.setHTMLUnsafe \? this\.shadowRoot\.setHTMLUnsafe\(html\) : this\.shadowRoot\.innerHTML = html;|this\.shadowRoot\.innerHTML = (this\.constructor\.getTemplateHTML\(attrs\));/g;
const RULE_LOOKUP = /styleParent\.querySelectorAll\("style:not\(\[media\]\)"\)/g;

/** Fails the build where a file of media-chrome is not as this expects, so that no version slips through unstyled. */
export function adoptedStyles(): Plugin {
  const helper = new URL('../src/player/adopt.ts', import.meta.url).pathname;
  return {
    name: 'adopted-styles',
    transform(code, id) {
      if (!id.includes('/media-chrome/dist/')) return null;
      const shadow = code.replace(SHADOW_HTML, (_, html) => `__adopt(this.shadowRoot, ${html ?? 'html'});`);
      const done = shadow.replace(RULE_LOOKUP, '__sheets(styleParent)');
      if (/shadowRoot\.(innerHTML|setHTMLUnsafe)|querySelectorAll\("style/.test(done)) {
        this.error(`${id} writes styles in a way that is not known: see plugins/adopted-styles.ts`);
      }
      if (done === code) return null;
      return { code: `import { adopt as __adopt, sheets as __sheets } from ${JSON.stringify(helper)};\n${done}`, map: null };
    },
  };
}
