//go:build race

package cache

// slower is by how much the detector makes the torture slower; nothing of it is concurrent.
const slower = 10
