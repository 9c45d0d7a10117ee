import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

// PARLEY_WEB is the address that `parley --web` listens on; `make dev` sets it. The cookie that the console
// gives to the browser is not bound to a port, so the page may come from here and the calls go there.
const address = process.env['PARLEY_WEB']

// forward sends what the page asks of its host on to the console, with the host and origin that it expects.
function forward(to: string) {
  const target = { target: to, changeOrigin: true, headers: { origin: to } }
  return { '/call': target, '/events': target, '/media': target, '^/\\?token=': target }
}

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: ['es2022', 'safari16.4'],
    // The page's security policy allows no data: addresses and no script in the page itself.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    host: '127.0.0.1',
    ...(address === undefined ? {} : { proxy: forward(address) }),
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
  },
})
