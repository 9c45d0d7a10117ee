package row

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"parley/backend/internal/store"
)

// Text is a doc as it is stored. The error is store.ErrUnfit.
func Text(doc any) (string, error) {
	b, err := json.Marshal(doc)
	if err != nil {
		return "", fmt.Errorf("%w: a %T: %s", store.ErrUnfit, doc, mistake(err))
	}
	return string(b), nil
}

// Parse reads what Text has made. The error does not repeat the text.
func Parse(text []byte, doc any) error {
	if err := json.Unmarshal(text, doc, json.RejectUnknownMembers(true)); err != nil {
		return errors.New(mistake(err))
	}
	return nil
}

// mistake says where err is and of what kind, without the text that it stands in: that may be a customer's.
func mistake(err error) string {
	if errors.Is(err, json.ErrUnknownName) {
		return "it has a member that this program does not know"
	}
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		return fmt.Sprintf("%s is not a %v", semantic.JSONPointer, semantic.GoType)
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		return fmt.Sprintf("not strict JSON at byte %d", syntactic.ByteOffset)
	}
	return "unreadable"
}
