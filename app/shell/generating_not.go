//go:build !bindings

package shell

// Generating is true in the build that `wails generate module` makes and runs: main then only calls Generate.
const Generating = false
