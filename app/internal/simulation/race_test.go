//go:build race

package simulation

// seeds is few here: nothing of it is concurrent, and the detector makes it many times slower.
const seeds = 12
