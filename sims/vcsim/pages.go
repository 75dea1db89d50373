package main

import (
	"bytes"
	stdxml "encoding/xml"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const pageLifetime = 10 * time.Minute

// pages cuts the answers of RetrievePropertiesEx: the packaged simulator ignores maxObjects and knows no
// ContinueRetrievePropertiesEx. All pages of one query come from one look at the inventory.
type pages struct {
	sync.Mutex
	limit  int
	serial int
	rest   map[string]*remainder // by session and token
}

// remainder is what a client has not fetched yet, as encoded <objects> elements.
type remainder struct {
	objects [][]byte
	size    int
	expires time.Time
}

func newPages(limit int) *pages { return &pages{limit: limit, rest: map[string]*remainder{}} }

func (p *pages) concern(method string) bool {
	return method == "RetrievePropertiesEx" || method == "ContinueRetrievePropertiesEx" || method == "CancelRetrievePropertiesEx"
}

func (p *pages) answer(g *gate, r *http.Request, method string, body []byte) (int, *recorder) {
	request, err := decodeCall(body)
	if err != nil || !g.isLoggedIn(r) {
		return g.forward(r, body)
	}
	session := ""
	if cookie, err := r.Cookie(soap.SessionCookieName); err == nil {
		session = cookie.Value
	}
	switch query := request.body.(type) {
	case *types.RetrievePropertiesEx:
		return p.first(g, r, query, body, session)
	case *types.ContinueRetrievePropertiesEx:
		return p.next(session, query.Token)
	case *types.CancelRetrievePropertiesEx:
		p.take(session, query.Token)
	}
	return recorded(respond(&types.CancelRetrievePropertiesExResponse{}))
}

func (p *pages) first(g *gate, r *http.Request, query *types.RetrievePropertiesEx, body []byte, session string) (int, *recorder) {
	size := p.limit
	if wanted := query.Options.MaxObjects; wanted != 0 && (size == 0 || int(wanted) < size) {
		size = int(wanted)
	}
	if size < 0 {
		return recorded(refuse(&types.InvalidArgument{InvalidProperty: "options.maxObjects"}, "maxObjects must be positive"))
	}
	status, response := g.forward(r, body)
	if size == 0 || status != http.StatusOK {
		return status, response
	}
	answered := append([]byte(nil), response.Bytes()...) // later pages point into it
	start, end, objects := splitObjects(answered)
	if len(objects) <= size {
		return status, response
	}
	page := p.page(session, &remainder{objects: objects, size: size})
	whole := bytes.Join([][]byte{answered[:start], answered[end:]}, page)
	response.Reset()
	response.Write(whole)
	return status, response
}

func (p *pages) next(session, token string) (int, *recorder) {
	rest := p.take(session, token)
	if rest == nil {
		return recorded(refuse(&types.InvalidArgument{InvalidProperty: "token"}, "unknown or used token"))
	}
	page := &encodedPage{}
	page.Returnval.Content = string(p.page(session, rest))
	body, err := encodeEnvelope(&element{name: "ContinueRetrievePropertiesExResponse", value: page})
	if err != nil {
		return recorded(refuse(&types.SystemError{Reason: err.Error()}, "%s", err))
	}
	response := &recorder{header: http.Header{}}
	response.Write(body)
	return http.StatusOK, response
}

// page encodes the next objects and keeps those behind them under a new token.
func (p *pages) page(session string, rest *remainder) []byte {
	if len(rest.objects) <= rest.size {
		return bytes.Join(rest.objects, nil)
	}
	p.Lock()
	defer p.Unlock()
	for key, old := range p.rest {
		if time.Now().After(old.expires) {
			delete(p.rest, key)
		}
	}
	p.serial++
	token := fmt.Sprintf("page-%d", p.serial)
	p.rest[session+" "+token] = &remainder{rest.objects[rest.size:], rest.size, time.Now().Add(pageLifetime)}
	return append([]byte("<token>"+token+"</token>"), bytes.Join(rest.objects[:rest.size], nil)...)
}

func (p *pages) take(session, token string) *remainder {
	p.Lock()
	defer p.Unlock()
	key := session + " " + token
	rest := p.rest[key]
	delete(p.rest, key)
	return rest
}

// splitObjects finds the children of <returnval>, all of which are <objects>, and where they start and end.
func splitObjects(response []byte) (start, end int, objects [][]byte) {
	const depthOfObjects = 5 // Envelope, Body, RetrievePropertiesExResponse, returnval, objects
	decoder := stdxml.NewDecoder(bytes.NewReader(response))
	depth, begin := 0, 0
	for {
		before := int(decoder.InputOffset())
		token, err := decoder.RawToken()
		if err != nil {
			return start, end, objects
		}
		switch token.(type) {
		case stdxml.StartElement:
			depth++
			if depth == depthOfObjects {
				begin = before
			}
		case stdxml.EndElement:
			if depth == depthOfObjects {
				if len(objects) == 0 {
					start = begin
				}
				end = int(decoder.InputOffset())
				objects = append(objects, response[begin:end])
			}
			depth--
		}
	}
}

// encodedPage is a response whose <returnval> is encoded already.
type encodedPage struct {
	Returnval struct {
		Content string `xml:",innerxml"`
	} `xml:"returnval"`
}
