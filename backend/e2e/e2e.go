// Package e2e holds the tests of the whole product: the programs that ship, as processes, with the vendors'
// simulator at one end and a person's eyes at the other. The same tests drive the page in Chromium and in the real
// window. They need the build tag e2e, bin/parley and bin/parleyd (`make build`), and what `build/setup test`
// installs. It has no code of its own.
package e2e
