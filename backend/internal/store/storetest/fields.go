package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// Filled puts a row of each kind with something in every field.
func Filled() []desk.Write {
	return []desk.Write{desk.PutTeam{Team: filled[desk.Team]()}, desk.PutAgent{Agent: filled[desk.Agent]()},
		desk.PutCredential{Credential: filled[desk.Credential]()}, desk.PutAsset{Asset: filled[desk.Asset]()},
		desk.PutToken{Token: filled[desk.Token]()}, desk.PutCustomer{Customer: filled[chat.Customer]()},
		desk.PutIdentity{Identity: filled[chat.Identity]()}, desk.PutChat{Chat: filled[chat.Chat]()},
		desk.PutMessage{Message: filled[chat.Message](), Vendor: filled[desk.VendorKey]()},
		desk.PutMedia{Media: filled[desk.Media]()}, desk.PutOutgoing{Outgoing: filled[desk.Outgoing]()},
		desk.PutTimer{Timer: filled[desk.Timer]()}, desk.PutDevice{Device: filled[desk.Device]()},
		desk.PutResult{Result: filled[desk.Result]()}, desk.PutDraft{Draft: filled[desk.Draft]()}}
}

// testFields puts a row of each kind with something in every field, so that a field that was added to a noun and
// is not stored is seen.
func testFields(t *testing.T, s store.Store) {
	team, agent, asset := filled[desk.Team](), filled[desk.Agent](), filled[desk.Asset]()
	credential, token := filled[desk.Credential](), filled[desk.Token]()
	customer, identity := filled[chat.Customer](), filled[chat.Identity]()
	talk, message := filled[chat.Chat](), filled[chat.Message]()
	file, out, timer := filled[desk.Media](), filled[desk.Outgoing](), filled[desk.Timer]()
	device, result, draft := filled[desk.Device](), filled[desk.Result](), filled[desk.Draft]()
	commit(t, s, Filled()...)
	read(t, s, func(r store.Reader) {
		for _, e := range []example{
			{"team", found(r.Team(team.ID)), team},
			{"agent", found(r.Agent(agent.ID)), agent},
			{"asset", found(r.Asset(asset.ID)), asset},
			{"credential", found(r.Credential(credential.Name)), credential},
			{"token", found(r.Token(token.Hash)), token},
			{"customer", found(r.Customer(customer.Key)), customer},
			{"identity", found(r.Identity(identity.ID)), identity},
			{"chat", found(r.Chat(talk.ID)), talk},
			{"message", found(r.Message(message.Chat, message.Number)), message},
			{"media", found(r.Media(file.ID)), file},
			{"outgoing", found(r.Outgoing(out.Message)), out},
			{"timer", found(r.Timer(timer.ID)), timer},
			{"device", found(r.Device(device.ID)), device},
			{"result", found(r.Result(result.Device, result.Number)), result},
			{"draft", found(r.Draft(draft.Agent, draft.Chat)), draft},
			{"rows", slices.Collect(r.Rows), Filled()},
		} {
			same(t, e.what, e.want, e.got)
		}
	})
}

func filled[V any]() (v V) {
	fill(reflect.ValueOf(&v).Elem())
	return v
}

// fill puts something that is not zero into v and all that it holds.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	default:
		panic(fmt.Sprintf("BUG: storetest: a row holds a %v", v.Type()))
	}
}
