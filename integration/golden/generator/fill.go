package main

import (
	"fmt"
	"log"
	"reflect"
	"sort"
	"strings"

	"github.com/gogo/protobuf/proto"
)

// filler sets the fields of messages to values that differ everywhere, so that no two fields can be taken for one another.
// It fills a message type completely until all values of the enums in it have been used, then only what it must.
type filler struct {
	counter int64
	visits  map[reflect.Type]int
	next    map[string]int
}

func newFiller() *filler {
	return &filler{visits: map[reflect.Type]int{}, next: map[string]int{}}
}

// enumValues gives the numbers of an enum ("mesos.TaskState") in order.
func enumValues(enum string) []int32 {
	var numbers []int32
	for _, number := range proto.EnumValueMap(enum) {
		numbers = append(numbers, number)
	}
	sort.Slice(numbers, func(i, j int) bool { return numbers[i] < numbers[j] })
	return numbers
}

// enumOf gives the enum that a field of a message is of, "" if it is of none.
func enumOf(field reflect.StructField) string {
	for _, part := range strings.Split(field.Tag.Get("protobuf"), ",") {
		if strings.HasPrefix(part, "enum=") {
			return strings.TrimPrefix(part, "enum=")
		}
	}
	return ""
}

// wanted is how many messages of this type show all values of the enums in it and in its singular parts.
func wanted(t reflect.Type, outer ...reflect.Type) int {
	for _, o := range outer {
		if o == t {
			return 1
		}
	}
	most := 1
	for i := 0; i < t.NumField(); i++ {
		n := 1
		field := t.Field(i)
		part := field.Type
		if part.Kind() == reflect.Ptr {
			part = part.Elem()
		}
		if enum := enumOf(field); enum != "" && part.Kind() != reflect.Slice {
			n = len(enumValues(enum))
		} else if part.Kind() == reflect.Struct {
			n = wanted(part, append(outer, t)...)
		}
		if n > most {
			most = n
		}
	}
	return most
}

// message fills one message.
func (f *filler) message(v reflect.Value) {
	t := v.Type()
	f.visits[t]++
	complete := f.visits[t] <= wanted(t)
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		if field.Tag.Get("protobuf") == "" {
			log.Fatalf("%v.%s is no field of a message", t, field.Name)
		}
		kind := v.Field(i).Kind()
		mayBeAbsent := kind == reflect.Ptr || kind == reflect.Slice || kind == reflect.Map
		required := strings.Contains(field.Tag.Get("protobuf"), ",req,")
		// A container is nested once, not for ever.
		nested := kind == reflect.Ptr && field.Type.Elem() == t && f.visits[t] > 1
		if (complete && !nested) || required || !mayBeAbsent {
			f.value(v.Field(i), enumOf(field))
		}
	}
}

// optional fills a part of a message that has one by that name.
func (f *filler) optional(v reflect.Value) {
	if v.IsValid() {
		f.value(v, "")
	}
}

func (f *filler) value(v reflect.Value, enum string) {
	if enum != "" && v.Kind() == reflect.Int32 {
		numbers := enumValues(enum)
		v.SetInt(int64(numbers[f.next[enum]%len(numbers)]))
		f.next[enum]++
		return
	}
	f.counter++
	switch v.Kind() {
	case reflect.Ptr:
		v.Set(reflect.New(v.Type().Elem()))
		f.value(v.Elem(), enum)
	case reflect.Struct:
		f.message(v)
	case reflect.Map: // One entry: the order of more would be by chance.
		key := reflect.New(v.Type().Key()).Elem()
		content := reflect.New(v.Type().Elem()).Elem()
		f.value(key, "")
		f.value(content, "")
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, content)
	case reflect.Slice:
		f.list(v, enum)
	case reflect.String: // With what JSON must escape, and bytes beyond ASCII.
		v.SetString(fmt.Sprintf("text %d \"<ß€\\\n", f.counter))
	case reflect.Bool:
		v.SetBool(f.counter%2 == 0)
	case reflect.Float64:
		v.SetFloat(float64(f.counter) + 0.1)
	case reflect.Int32: // Negative numbers take ten bytes.
		v.SetInt(-f.counter)
	case reflect.Int64: // Beyond what a double holds.
		v.SetInt(1<<53 + 1 + 2*f.counter)
	case reflect.Uint32:
		v.SetUint(1<<31 + uint64(f.counter))
	case reflect.Uint64:
		v.SetUint(1<<63 + uint64(f.counter))
	default:
		log.Fatalf("no value for a %v", v.Type())
	}
}

func (f *filler) list(v reflect.Value, enum string) {
	element := v.Type().Elem()
	if element.Kind() == reflect.Uint8 {
		v.SetBytes([]byte{0, byte(f.counter), 0xff, '\n', 0xfe})
		return
	}
	count := 2
	if enum != "" {
		count = len(enumValues(enum))
	} else if element.Kind() == reflect.Struct {
		if missing := wanted(element) - f.visits[element]; missing > count {
			count = missing
		}
	}
	v.Set(reflect.MakeSlice(v.Type(), count, count))
	for i := 0; i < count; i++ {
		f.value(v.Index(i), enum)
	}
}
