//go:build !race

package inbox

const slower = 1
