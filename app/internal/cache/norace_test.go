//go:build !race

package cache

const slower = 1
