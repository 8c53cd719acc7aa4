// Generator writes the golden messages: events and calls of the executor API as mesos-go makes them, each as wire bytes
// (NAME.pb) and as JSON (NAME.json). Together they hold every field and every enum value that mesos-go knows.
//
//	go run . ../testdata/mesos_go
package main

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/mesos/mesos-go/api/v1/lib/executor"
)

// message is what both of mesos-go's types are.
type message interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

func write(folder, name string, golden, parsed message) {
	wire, err := golden.Marshal()
	if err != nil {
		log.Fatalf("%s: cannot encode: %v", name, err)
	}
	// mesos-go must read its own bytes as what they were made from, or they prove nothing.
	if err := parsed.Unmarshal(wire); err != nil {
		log.Fatalf("%s: cannot decode: %v", name, err)
	}
	if !reflect.DeepEqual(golden, parsed) {
		log.Fatalf("%s: decodes to another message", name)
	}
	text, err := json.Marshal(golden)
	if err != nil {
		log.Fatalf("%s: cannot print as JSON: %v", name, err)
	}
	for suffix, content := range map[string][]byte{".pb": wire, ".json": append(text, '\n')} {
		if err := os.WriteFile(filepath.Join(folder, name+suffix), content, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// payload names the field that holds the data of a type: LAUNCH_GROUP has LaunchGroup. Some types have none.
func payload(typeName string) string {
	words := strings.Split(strings.ToLower(typeName), "_")
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go run . FOLDER")
	}
	folder := os.Args[1]
	fill := newFiller()

	for number := int32(0); number < int32(len(executor.Event_Type_name)); number++ {
		name := executor.Event_Type_name[number]
		event := &executor.Event{Type: executor.Event_Type(number)}
		fill.optional(reflect.ValueOf(event).Elem().FieldByName(payload(name)))
		write(folder, "event_"+strings.ToLower(name), event, &executor.Event{})
	}

	// SUBSCRIBE, the one with lists, comes last, and holds what the others have not shown yet.
	for _, kind := range []executor.Call_Type{
		executor.Call_UNKNOWN, executor.Call_UPDATE, executor.Call_MESSAGE, executor.Call_HEARTBEAT, executor.Call_SUBSCRIBE,
	} {
		call := &executor.Call{Type: kind}
		fill.message(reflect.ValueOf(&call.ExecutorID).Elem())
		fill.message(reflect.ValueOf(&call.FrameworkID).Elem())
		fill.optional(reflect.ValueOf(call).Elem().FieldByName(payload(kind.String())))
		write(folder, "call_"+strings.ToLower(kind.String()), call, &executor.Call{})
	}
}
