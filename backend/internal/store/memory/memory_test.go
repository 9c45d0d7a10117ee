package memory_test

import (
	"testing"

	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memory.New(storetest.Epoch) })
}
