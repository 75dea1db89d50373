package main

import (
	"bytes"
	stdxml "encoding/xml"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// call is one decoded SOAP request; body is a pointer to the request type of vim25.
type call struct {
	method string
	this   types.ManagedObjectReference
	body   types.AnyType
}

// answer is either a response (a pointer to a response type of vim25) or a fault.
type answer struct {
	response interface{}
	fault    types.BaseMethodFault
	message  string
}

func respond(response interface{}) *answer { return &answer{response: response} }

func refuse(fault types.BaseMethodFault, format string, arguments ...interface{}) *answer {
	return &answer{fault: fault, message: fmt.Sprintf(format, arguments...)}
}

// refuseWith passes on the fault of a call that was made inside the process.
func refuseWith(err error) *answer {
	if soap.IsSoapFault(err) {
		fault := soap.ToSoapFault(err)
		if vim, ok := fault.VimFault().(types.BaseMethodFault); ok {
			return refuse(vim, "%s", fault.String)
		}
	}
	return refuse(&types.SystemError{Reason: err.Error()}, "%s", err)
}

// operationName reads the name of the first element inside the SOAP body, "" when there is none.
func operationName(body []byte) string {
	decoder := stdxml.NewDecoder(bytes.NewReader(body))
	inside := false
	for {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		if start, ok := token.(stdxml.StartElement); ok {
			if inside {
				return start.Name.Local
			}
			inside = start.Name.Local == "Body"
		}
	}
}

var vimType = types.TypeFunc()

// typeByName resolves an xsi:type, with or without a namespace prefix.
func typeByName(name string) (reflect.Type, bool) {
	return vimType(name[strings.IndexByte(name, ':')+1:])
}

func decodeCall(body []byte) (*call, error) {
	method, err := simulator.UnmarshalBody(typeByName, body)
	if err != nil {
		return nil, err
	}
	return &call{method.Name, method.This, method.Body}, nil
}

type envelope struct {
	XMLName xml.Name    `xml:"soapenv:Envelope"`
	Env     string      `xml:"xmlns:soapenv,attr"`
	XSD     string      `xml:"xmlns:xsd,attr"`
	XSI     string      `xml:"xmlns:xsi,attr"`
	Body    interface{} `xml:"soapenv:Body"`
}

// element encodes value under a name in the vim25 namespace.
type element struct {
	name  string
	kind  string
	value interface{}
}

func (e *element) MarshalXML(encoder *xml.Encoder, _ xml.StartElement) error {
	start := xml.StartElement{Name: xml.Name{Local: e.name}}
	start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "xmlns"}, Value: "urn:" + vim25.Namespace})
	if e.kind != "" {
		start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "xsi:type"}, Value: e.kind})
	}
	return encoder.EncodeElement(e.value, start)
}

type faultBody struct {
	XMLName xml.Name `xml:"soapenv:Fault"`
	Code    string   `xml:"faultcode"`
	String  string   `xml:"faultstring"`
	Detail  struct {
		Fault *element
	} `xml:"detail"`
}

// encodeEnvelope wraps one element, which names itself, in a SOAP envelope.
func encodeEnvelope(content interface{}) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString(xml.Header)
	err := xml.NewEncoder(&out).Encode(&envelope{
		Env:  "http://schemas.xmlsoap.org/soap/envelope/",
		XSD:  "http://www.w3.org/2001/XMLSchema",
		XSI:  "http://www.w3.org/2001/XMLSchema-instance",
		Body: struct{ Content interface{} }{content},
	})
	return out.Bytes(), err
}

// encodeRequest is the request that a client would send for this body.
func encodeRequest(method string, body interface{}) ([]byte, error) {
	return encodeEnvelope(&element{name: method, value: body})
}

// encode gives the HTTP status and the body of the answer.
func (a *answer) encode() (int, []byte) {
	status, content := http.StatusOK, interface{}(nil)
	if a.fault == nil {
		content = &element{name: reflect.TypeOf(a.response).Elem().Name(), value: a.response}
	} else {
		kind := reflect.TypeOf(a.fault).Elem().Name()
		fault := &faultBody{Code: "ServerFaultCode", String: a.message}
		fault.Detail.Fault = &element{name: kind + "Fault", kind: kind, value: a.fault}
		status, content = http.StatusInternalServerError, fault
	}
	body, err := encodeEnvelope(content)
	if err != nil {
		return http.StatusInternalServerError, []byte(err.Error())
	}
	return status, body
}

var secretText = regexp.MustCompile(`(<(?:\w+:)?password[^>]*>(?:\s*<(?:\w+:)?value[^>]*>)?)[^<]*`)

// masked is the body as it may be logged.
func masked(body []byte) []byte { return secretText.ReplaceAll(body, []byte("$1***")) }
