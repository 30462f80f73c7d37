package agent

import "usher/api"

// PropertyType says whose property is meant (section 5.14).
type PropertyType string

// The property types.
const (
	OfEngagement PropertyType = "ENGAGEMENT"
	OfUser       PropertyType = "USER"
)

// PropertyName is a property that agents may change (section 5.15). An
// engagement has PropertyContactID and PropertyIncidentID, its user all but
// PropertyIncidentID.
type PropertyName string

// The properties. The ids are written in digits.
const (
	PropertyFirstName  PropertyName = "FIRST_NAME"
	PropertyLastName   PropertyName = "LAST_NAME"
	PropertyEmail      PropertyName = "EMAIL"
	PropertyQuestion   PropertyName = "QUESTION"
	PropertyProductID  PropertyName = "PRODUCT_ID"
	PropertyCategoryID PropertyName = "CATEGORY_ID"
	PropertyContactID  PropertyName = "CONTACT_ID"
	PropertyIncidentID PropertyName = "INCIDENT_ID"
)

// PropertyNames lists every property, for validation.
var PropertyNames = []PropertyName{
	PropertyFirstName, PropertyLastName, PropertyEmail, PropertyQuestion, PropertyProductID, PropertyCategoryID, PropertyContactID, PropertyIncidentID,
}

// SetEngagementPropertyRequest changes one property of any live engagement; the
// session need not take part in it (section 3.8). All fields are required.
type SetEngagementPropertyRequest struct {
	Request
	EngagementID int64        `json:"engagementId"`
	Type         PropertyType `json:"type"`
	Name         PropertyName `json:"name"`
	// Value is the new value, as text also when it is an id.
	Value string `json:"value"`
}

// SetEngagementPropertyResponse answers setEngagementProperty (section 3.8).
type SetEngagementPropertyResponse struct {
	Envelope
}

// ModifyPropertiesRequest changes several properties at once (section 3.9).
type ModifyPropertiesRequest struct {
	Request
	EngagementID int64        `json:"engagementId"`
	Type         PropertyType `json:"type"`
	// PropertiesMap holds the new values.
	PropertiesMap map[PropertyName]string `json:"propertiesMap,omitempty"`
	// CustomFields are the user's, so they need OfUser.
	CustomFields []ModifiedField `json:"customFields,omitempty"`
}

// ModifiedField is a new value of one of a site's own fields.
type ModifiedField struct {
	Name string `json:"name"`
	// Type may be left out for a field that has one already.
	Type  api.FieldType `json:"type,omitempty"`
	Value string        `json:"value"`
}

// ModifyPropertiesResponse answers modifyProperties (section 3.9).
type ModifyPropertiesResponse struct {
	Envelope
	// PropertiesResultMap tells for each property and custom field, by its name,
	// whether it was changed.
	PropertiesResultMap map[string]bool  `json:"propertiesResultMap"`
	ChatSystemError     *ChatSystemError `json:"chatSystemError"`
}
