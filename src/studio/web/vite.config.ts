import { defineConfig } from 'vite';
import { adoptedStyles } from './plugins/adopted-styles.ts';

// One entry for every page; what a page's islands need is loaded when they stand in it.
export default defineConfig({
  base: './',
  publicDir: false,
  plugins: [adoptedStyles()],
  build: {
    outDir: '../../../target/studio-web',
    emptyOutDir: true,
    target: 'es2022',
    manifest: 'manifest.json',
    assetsDir: '.',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    // The player: loaded on pages that have one, after all else.
    chunkSizeWarningLimit: 900,
    rolldownOptions: { input: { main: 'src/main.ts', icon: 'src/icon.svg?url' } },
  },
});
