package site

// grid is what every command comes to in every state of its engagement: the state
// before it, who sends what, the answer, the state after it, and who is told what.
// A refusal changes nothing and tells nobody anything.
const grid = `
# before  | who and what           | answer        | after     | told

QUEUED    | ada answer ACCEPT      | BAD_REQUEST   | QUEUED    |
OFFERED   | ada answer ACCEPT      | ok            | ACTIVE    | ada: joined END_USER Ann Lee; ann: joined LEAD Ada
ACTIVE    | ada answer ACCEPT      | ok            | ACTIVE    |
CONCLUDED | ada answer ACCEPT      | ok            | CONCLUDED |
gone      | ada answer ACCEPT      | BAD_REQUEST   | gone      |

QUEUED    | ada answer AVAILABLE   | ok            | QUEUED    |
OFFERED   | ada answer AVAILABLE   | ok            | OFFERED   |
ACTIVE    | ada answer AVAILABLE   | ok            | ACTIVE    |
CONCLUDED | ada answer AVAILABLE   | ok            | CONCLUDED |
gone      | ada answer AVAILABLE   | ok            | gone      |

QUEUED    | ada answer DECLINE     | BAD_REQUEST   | QUEUED    |
OFFERED   | ada answer DECLINE     | ok            | QUEUED    | ann: wait 1
ACTIVE    | ada answer DECLINE     | BAD_REQUEST   | ACTIVE    |
CONCLUDED | ada answer DECLINE     | BAD_REQUEST   | CONCLUDED |
gone      | ada answer DECLINE     | BAD_REQUEST   | gone      |

QUEUED    | ada answer NONE        | BAD_REQUEST   | QUEUED    |
OFFERED   | ada answer NONE        | BAD_REQUEST   | OFFERED   |
ACTIVE    | ada answer NONE        | BAD_REQUEST   | ACTIVE    |
CONCLUDED | ada answer NONE        | BAD_REQUEST   | CONCLUDED |
gone      | ada answer NONE        | BAD_REQUEST   | gone      |

QUEUED    | ada answer UNAVAILABLE | BAD_REQUEST   | QUEUED    |
OFFERED   | ada answer UNAVAILABLE | ok            | QUEUED    | ann: wait 1
ACTIVE    | ada answer UNAVAILABLE | BAD_REQUEST   | ACTIVE    |
CONCLUDED | ada answer UNAVAILABLE | BAD_REQUEST   | CONCLUDED |
gone      | ada answer UNAVAILABLE | BAD_REQUEST   | gone      |

QUEUED    | ada ask                | ok            | OFFERED   | ada: assignment 1
OFFERED   | ada ask                | ok            | OFFERED   |
ACTIVE    | ada ask                | ok            | ACTIVE    |
CONCLUDED | ada ask                | ok            | CONCLUDED |
gone      | ada ask                | ok            | gone      |

QUEUED    | ada ask no more        | ok            | QUEUED    |
OFFERED   | ada ask no more        | ok            | OFFERED   |
ACTIVE    | ada ask no more        | ok            | ACTIVE    |
CONCLUDED | ada ask no more        | ok            | CONCLUDED |
gone      | ada ask no more        | ok            | gone      |

QUEUED    | ada conclude           | BAD_REQUEST   | QUEUED    |
OFFERED   | ada conclude           | BAD_REQUEST   | OFFERED   |
ACTIVE    | ada conclude           | ok            | CONCLUDED | ann: concluded LEAD AGENT_CONCLUDED
CONCLUDED | ada conclude           | ok            | CONCLUDED |
gone      | ada conclude           | ok            | gone      |

QUEUED    | ada list engagements   | ok            | QUEUED    |
OFFERED   | ada list engagements   | ok            | OFFERED   |
ACTIVE    | ada list engagements   | ok            | ACTIVE    |
CONCLUDED | ada list engagements   | ok            | CONCLUDED |
gone      | ada list engagements   | ok            | gone      |

QUEUED    | ada log off            | ok            | QUEUED    | ada: session over
OFFERED   | ada log off            | BAD_REQUEST   | OFFERED   |
ACTIVE    | ada log off            | BAD_REQUEST   | ACTIVE    |
CONCLUDED | ada log off            | ok            | gone      | ada: session over
gone      | ada log off            | ok            | gone      | ada: session over

QUEUED    | ada log off by force   | ok            | QUEUED    | ada: session over
OFFERED   | ada log off by force   | ok            | QUEUED    | ada: session over; ann: wait 1
ACTIVE    | ada log off by force   | ok            | QUEUED    | ada: session over; ann: left LEAD TRANSFERRED_TO_QUEUE; ann: wait 1
CONCLUDED | ada log off by force   | ok            | gone      | ada: session over
gone      | ada log off by force   | ok            | gone      | ada: session over

QUEUED    | ada log on             | BAD_REQUEST   | QUEUED    |
OFFERED   | ada log on             | BAD_REQUEST   | OFFERED   |
ACTIVE    | ada log on             | BAD_REQUEST   | ACTIVE    |
CONCLUDED | ada log on             | BAD_REQUEST   | CONCLUDED |
gone      | ada log on             | BAD_REQUEST   | gone      |

QUEUED    | ada log on over it     | ok            | QUEUED    |
OFFERED   | ada log on over it     | ok            | OFFERED   |
ACTIVE    | ada log on over it     | ok            | ACTIVE    |
CONCLUDED | ada log on over it     | ok            | CONCLUDED |
gone      | ada log on over it     | ok            | gone      |

QUEUED    | ada poll               | ok            | QUEUED    |
OFFERED   | ada poll               | ok            | OFFERED   |
ACTIVE    | ada poll               | ok            | ACTIVE    |
CONCLUDED | ada poll               | ok            | CONCLUDED |
gone      | ada poll               | ok            | gone      |

QUEUED    | ada post               | INVALID_FIELD | QUEUED    |
OFFERED   | ada post               | CONFLICT      | OFFERED   |
ACTIVE    | ada post               | ok            | ACTIVE    | ann: post hello
CONCLUDED | ada post               | CONFLICT      | CONCLUDED |
gone      | ada post               | CONFLICT      | gone      |

QUEUED    | ada post a note        | INVALID_FIELD | QUEUED    |
OFFERED   | ada post a note        | CONFLICT      | OFFERED   |
ACTIVE    | ada post a note        | ok            | ACTIVE    |
CONCLUDED | ada post a note        | CONFLICT      | CONCLUDED |
gone      | ada post a note        | CONFLICT      | gone      |

QUEUED    | ada read history       | BAD_REQUEST   | QUEUED    |
OFFERED   | ada read history       | BAD_REQUEST   | OFFERED   |
ACTIVE    | ada read history       | ok            | ACTIVE    |
CONCLUDED | ada read history       | ok            | CONCLUDED |
gone      | ada read history       | BAD_REQUEST   | gone      |

QUEUED    | ada release            | BAD_REQUEST   | QUEUED    |
OFFERED   | ada release            | BAD_REQUEST   | OFFERED   |
ACTIVE    | ada release            | ok            | gone      | ann: concluded LEAD AGENT_CONCLUDED
CONCLUDED | ada release            | ok            | gone      |
gone      | ada release            | ok            | gone      |

QUEUED    | ada say AVAILABLE      | ok            | QUEUED    |
OFFERED   | ada say AVAILABLE      | ok            | OFFERED   |
ACTIVE    | ada say AVAILABLE      | ok            | ACTIVE    |
CONCLUDED | ada say AVAILABLE      | ok            | CONCLUDED |
gone      | ada say AVAILABLE      | ok            | gone      |

QUEUED    | ada say UNAVAILABLE    | ok            | QUEUED    |
OFFERED   | ada say UNAVAILABLE    | ok            | OFFERED   |
ACTIVE    | ada say UNAVAILABLE    | ok            | ACTIVE    |
CONCLUDED | ada say UNAVAILABLE    | ok            | CONCLUDED |
gone      | ada say UNAVAILABLE    | ok            | gone      |

QUEUED    | ada type               | BAD_REQUEST   | QUEUED    |
OFFERED   | ada type               | BAD_REQUEST   | OFFERED   |
ACTIVE    | ada type               | ok            | ACTIVE    | ann: activity RESPONDING
CONCLUDED | ada type               | ok            | CONCLUDED |
gone      | ada type               | BAD_REQUEST   | gone      |

QUEUED    | ann conclude           | ok            | gone      | ann: concluded END_USER END_USER_CONCLUDED
OFFERED   | ann conclude           | ok            | gone      | ada: concluded END_USER END_USER_CONCLUDED; ann: concluded END_USER END_USER_CONCLUDED
ACTIVE    | ann conclude           | ok            | CONCLUDED | ada: concluded END_USER END_USER_CONCLUDED; ann: concluded END_USER END_USER_CONCLUDED
CONCLUDED | ann conclude           | ok            | CONCLUDED |
gone      | ann conclude           | ok            | gone      |

QUEUED    | ann mail transcript    | CONFLICT      | QUEUED    |
OFFERED   | ann mail transcript    | CONFLICT      | OFFERED   |
ACTIVE    | ann mail transcript    | ok            | ACTIVE    |
CONCLUDED | ann mail transcript    | ok            | CONCLUDED |
gone      | ann mail transcript    | ok            | gone      |

QUEUED    | ann poll               | ok            | QUEUED    |
OFFERED   | ann poll               | ok            | OFFERED   |
ACTIVE    | ann poll               | ok            | ACTIVE    |
CONCLUDED | ann poll               | ok            | CONCLUDED |
gone      | ann poll               | ok            | gone      |

QUEUED    | ann post               | ok            | QUEUED    |
OFFERED   | ann post               | ok            | OFFERED   |
ACTIVE    | ann post               | ok            | ACTIVE    | ada: post hi
CONCLUDED | ann post               | CONFLICT      | CONCLUDED |
gone      | ann post               | CONFLICT      | gone      |

QUEUED    | ann rate               | CONFLICT      | QUEUED    |
OFFERED   | ann rate               | CONFLICT      | OFFERED   |
ACTIVE    | ann rate               | CONFLICT      | ACTIVE    |
CONCLUDED | ann rate               | ok            | CONCLUDED |
gone      | ann rate               | ok            | gone      |

QUEUED    | ann request engagement | ok            | QUEUED    |
OFFERED   | ann request engagement | ok            | OFFERED   |
ACTIVE    | ann request engagement | ok            | ACTIVE    |
CONCLUDED | ann request engagement | ACCESS_DENIED | CONCLUDED |
gone      | ann request engagement | ACCESS_DENIED | gone      |

QUEUED    | ann send a file        | ok            | QUEUED    |
OFFERED   | ann send a file        | ok            | OFFERED   |
ACTIVE    | ann send a file        | ok            | ACTIVE    | ada: post file "cat.png" of 2000 bytes
CONCLUDED | ann send a file        | CONFLICT      | CONCLUDED |
gone      | ann send a file        | CONFLICT      | gone      |

QUEUED    | ann stand              | ok            | QUEUED    |
OFFERED   | ann stand              | ok            | OFFERED   |
ACTIVE    | ann stand              | ok            | ACTIVE    |
CONCLUDED | ann stand              | ok            | CONCLUDED |
gone      | ann stand              | ok            | gone      |

QUEUED    | ann type               | ok            | QUEUED    |
OFFERED   | ann type               | ok            | OFFERED   |
ACTIVE    | ann type               | ok            | ACTIVE    | ada: activity RESPONDING
CONCLUDED | ann type               | ok            | CONCLUDED |
gone      | ann type               | ok            | gone      |

QUEUED    | bob answer ACCEPT      | BAD_REQUEST   | QUEUED    |
OFFERED   | bob answer ACCEPT      | BAD_REQUEST   | OFFERED   |
ACTIVE    | bob answer ACCEPT      | BAD_REQUEST   | ACTIVE    |
CONCLUDED | bob answer ACCEPT      | BAD_REQUEST   | CONCLUDED |
gone      | bob answer ACCEPT      | BAD_REQUEST   | gone      |

QUEUED    | bob answer DECLINE     | BAD_REQUEST   | QUEUED    |
OFFERED   | bob answer DECLINE     | BAD_REQUEST   | OFFERED   |
ACTIVE    | bob answer DECLINE     | BAD_REQUEST   | ACTIVE    |
CONCLUDED | bob answer DECLINE     | BAD_REQUEST   | CONCLUDED |
gone      | bob answer DECLINE     | BAD_REQUEST   | gone      |

QUEUED    | bob conclude           | BAD_REQUEST   | QUEUED    |
OFFERED   | bob conclude           | BAD_REQUEST   | OFFERED   |
ACTIVE    | bob conclude           | BAD_REQUEST   | ACTIVE    |
CONCLUDED | bob conclude           | BAD_REQUEST   | CONCLUDED |
gone      | bob conclude           | BAD_REQUEST   | gone      |

QUEUED    | bob post               | INVALID_FIELD | QUEUED    |
OFFERED   | bob post               | INVALID_FIELD | OFFERED   |
ACTIVE    | bob post               | INVALID_FIELD | ACTIVE    |
CONCLUDED | bob post               | INVALID_FIELD | CONCLUDED |
gone      | bob post               | INVALID_FIELD | gone      |

QUEUED    | bob read history       | BAD_REQUEST   | QUEUED    |
OFFERED   | bob read history       | BAD_REQUEST   | OFFERED   |
ACTIVE    | bob read history       | BAD_REQUEST   | ACTIVE    |
CONCLUDED | bob read history       | BAD_REQUEST   | CONCLUDED |
gone      | bob read history       | BAD_REQUEST   | gone      |

QUEUED    | bob release            | BAD_REQUEST   | QUEUED    |
OFFERED   | bob release            | BAD_REQUEST   | OFFERED   |
ACTIVE    | bob release            | BAD_REQUEST   | ACTIVE    |
CONCLUDED | bob release            | BAD_REQUEST   | CONCLUDED |
gone      | bob release            | BAD_REQUEST   | gone      |

QUEUED    | bob type               | BAD_REQUEST   | QUEUED    |
OFFERED   | bob type               | BAD_REQUEST   | OFFERED   |
ACTIVE    | bob type               | BAD_REQUEST   | ACTIVE    |
CONCLUDED | bob type               | BAD_REQUEST   | CONCLUDED |
gone      | bob type               | BAD_REQUEST   | gone      |

QUEUED    | ada ask of reroute     | ok            | QUEUED    |
OFFERED   | ada ask of reroute     | ok            | OFFERED   |
ACTIVE    | ada ask of reroute     | ok            | ACTIVE    |
CONCLUDED | ada ask of reroute     | ok            | CONCLUDED |
gone      | ada ask of reroute     | ENGAGEMENT_ID_UNKNOWN | gone      |

QUEUED    | ada invite bob         | BAD_REQUEST   | QUEUED    |
OFFERED   | ada invite bob         | CONFLICT      | OFFERED   |
ACTIVE    | ada invite bob         | ok            | ACTIVE    | bob: assignment 1
CONCLUDED | ada invite bob         | CONFLICT      | CONCLUDED |
gone      | ada invite bob         | BAD_REQUEST   | gone      |

QUEUED    | ada leave              | BAD_REQUEST   | QUEUED    |
OFFERED   | ada leave              | CONFLICT      | OFFERED   |
ACTIVE    | ada leave              | CONFLICT      | ACTIVE    |
CONCLUDED | ada leave              | CONFLICT      | CONCLUDED |
gone      | ada leave              | ok            | gone      |

QUEUED    | ada reroute            | ENGAGEMENT_ID_UNKNOWN | QUEUED    |
OFFERED   | ada reroute            | CONFLICT      | OFFERED   |
ACTIVE    | ada reroute            | ok            | QUEUED    | ada: left LEAD TRANSFERRED_TO_QUEUE; ann: left LEAD TRANSFERRED_TO_QUEUE; ann: wait 1
CONCLUDED | ada reroute            | CONFLICT      | CONCLUDED |
gone      | ada reroute            | ENGAGEMENT_ID_UNKNOWN | gone      |

QUEUED    | ada send a file        | INVALID_FIELD | QUEUED    |
OFFERED   | ada send a file        | CONFLICT      | OFFERED   |
ACTIVE    | ada send a file        | ok            | ACTIVE    | ann: post file "cat.png" of 2000 bytes
CONCLUDED | ada send a file        | CONFLICT      | CONCLUDED |
gone      | ada send a file        | CONFLICT      | gone      |

QUEUED    | ada set property       | ok            | QUEUED    |
OFFERED   | ada set property       | ok            | OFFERED   |
ACTIVE    | ada set property       | ok            | ACTIVE    |
CONCLUDED | ada set property       | ok            | CONCLUDED |
gone      | ada set property       | BAD_REQUEST   | gone      |

QUEUED    | ada transfer to bob    | BAD_REQUEST   | QUEUED    |
OFFERED   | ada transfer to bob    | CONFLICT      | OFFERED   |
ACTIVE    | ada transfer to bob    | ok            | ACTIVE    | bob: assignment 1
CONCLUDED | ada transfer to bob    | CONFLICT      | CONCLUDED |
gone      | ada transfer to bob    | BAD_REQUEST   | gone      |

QUEUED    | ada transfer to q2     | BAD_REQUEST   | QUEUED    |
OFFERED   | ada transfer to q2     | CONFLICT      | OFFERED   |
ACTIVE    | ada transfer to q2     | ok            | QUEUED    | ada: left LEAD TRANSFERRED_TO_QUEUE; ann: left LEAD TRANSFERRED_TO_QUEUE; ann: wait 1
CONCLUDED | ada transfer to q2     | CONFLICT      | CONCLUDED |
gone      | ada transfer to q2     | BAD_REQUEST   | gone      |

QUEUED    | ada transfer warm      | BAD_REQUEST   | QUEUED    |
OFFERED   | ada transfer warm      | CONFLICT      | OFFERED   |
ACTIVE    | ada transfer warm      | ok            | ACTIVE    |
CONCLUDED | ada transfer warm      | CONFLICT      | CONCLUDED |
gone      | ada transfer warm      | BAD_REQUEST   | gone      |

QUEUED    | adm eject              | ok            | gone      | ann: concluded END_USER EJECTED
OFFERED   | adm eject              | ok            | gone      | ada: concluded END_USER EJECTED; ann: concluded END_USER EJECTED
ACTIVE    | adm eject              | ok            | CONCLUDED | ada: concluded END_USER EJECTED; ann: concluded END_USER EJECTED
CONCLUDED | adm eject              | ok            | CONCLUDED |
gone      | adm eject              | NOT_FOUND     | gone      |

QUEUED    | adm remove ada         | ok            | QUEUED    | ada: session over
OFFERED   | adm remove ada         | ok            | QUEUED    | ada: session over; ann: wait 1
ACTIVE    | adm remove ada         | ok            | QUEUED    | ada: session over; ann: left LEAD TRANSFERRED_TO_QUEUE; ann: wait 1
CONCLUDED | adm remove ada         | ok            | gone      | ada: session over
gone      | adm remove ada         | ok            | gone      | ada: session over

QUEUED    | adm remove queue       | CONFLICT      | QUEUED    |
OFFERED   | adm remove queue       | CONFLICT      | OFFERED   |
ACTIVE    | adm remove queue       | CONFLICT      | ACTIVE    |
CONCLUDED | adm remove queue       | CONFLICT      | CONCLUDED |
gone      | adm remove queue       | ok            | gone      |

QUEUED    | bob ask of reroute     | ok            | QUEUED    |
OFFERED   | bob ask of reroute     | ok            | OFFERED   |
ACTIVE    | bob ask of reroute     | ok            | ACTIVE    |
CONCLUDED | bob ask of reroute     | ok            | CONCLUDED |
gone      | bob ask of reroute     | ENGAGEMENT_ID_UNKNOWN | gone      |

QUEUED    | bob leave              | BAD_REQUEST   | QUEUED    |
OFFERED   | bob leave              | BAD_REQUEST   | OFFERED   |
ACTIVE    | bob leave              | BAD_REQUEST   | ACTIVE    |
CONCLUDED | bob leave              | BAD_REQUEST   | CONCLUDED |
gone      | bob leave              | BAD_REQUEST   | gone      |

QUEUED    | bob monitor            | ACCESS_DENIED | QUEUED    |
OFFERED   | bob monitor            | ACCESS_DENIED | OFFERED   |
ACTIVE    | bob monitor            | ACCESS_DENIED | ACTIVE    |
CONCLUDED | bob monitor            | ACCESS_DENIED | CONCLUDED |
gone      | bob monitor            | ACCESS_DENIED | gone      |

QUEUED    | bob reroute            | ENGAGEMENT_ID_UNKNOWN | QUEUED    |
OFFERED   | bob reroute            | ENGAGEMENT_ID_UNKNOWN | OFFERED   |
ACTIVE    | bob reroute            | ENGAGEMENT_ID_UNKNOWN | ACTIVE    |
CONCLUDED | bob reroute            | ENGAGEMENT_ID_UNKNOWN | CONCLUDED |
gone      | bob reroute            | ENGAGEMENT_ID_UNKNOWN | gone      |

QUEUED    | bob set property       | ok            | QUEUED    |
OFFERED   | bob set property       | ok            | OFFERED   |
ACTIVE    | bob set property       | ok            | ACTIVE    |
CONCLUDED | bob set property       | ok            | CONCLUDED |
gone      | bob set property       | BAD_REQUEST   | gone      |

QUEUED    | bob take over          | ACCESS_DENIED | QUEUED    |
OFFERED   | bob take over          | ACCESS_DENIED | OFFERED   |
ACTIVE    | bob take over          | ACCESS_DENIED | ACTIVE    |
CONCLUDED | bob take over          | ACCESS_DENIED | CONCLUDED |
gone      | bob take over          | ACCESS_DENIED | gone      |

QUEUED    | bob transfer to q2     | BAD_REQUEST   | QUEUED    |
OFFERED   | bob transfer to q2     | BAD_REQUEST   | OFFERED   |
ACTIVE    | bob transfer to q2     | BAD_REQUEST   | ACTIVE    |
CONCLUDED | bob transfer to q2     | BAD_REQUEST   | CONCLUDED |
gone      | bob transfer to q2     | BAD_REQUEST   | gone      |

QUEUED    | sue join               | CONFLICT      | QUEUED    |
OFFERED   | sue join               | CONFLICT      | OFFERED   |
ACTIVE    | sue join               | ok            | ACTIVE    | ada: joined CONFEREE Sue; sue: joined END_USER Ann Lee; sue: joined LEAD Ada; ann: joined CONFEREE Sue
CONCLUDED | sue join               | CONFLICT      | CONCLUDED |
gone      | sue join               | BAD_REQUEST   | gone      |

QUEUED    | sue monitor            | CONFLICT      | QUEUED    |
OFFERED   | sue monitor            | CONFLICT      | OFFERED   |
ACTIVE    | sue monitor            | ok            | ACTIVE    | ada: joined MONITOR Sue; sue: joined END_USER Ann Lee; sue: joined LEAD Ada
CONCLUDED | sue monitor            | CONFLICT      | CONCLUDED |
gone      | sue monitor            | BAD_REQUEST   | gone      |

QUEUED    | sue take over          | ok            | ACTIVE    | sue: joined END_USER Ann Lee; ann: joined LEAD Sue
OFFERED   | sue take over          | ok            | ACTIVE    | ada: left NONE TRANSFERRED_TO_QUEUE; sue: joined END_USER Ann Lee; ann: joined LEAD Sue
ACTIVE    | sue take over          | ok            | ACTIVE    | ada: joined LEAD Sue; sue: joined END_USER Ann Lee; sue: joined CONFEREE Ada; ann: joined LEAD Sue; ann: role LEAD; ann: role CONFEREE
CONCLUDED | sue take over          | CONFLICT      | CONCLUDED |
gone      | sue take over          | BAD_REQUEST   | gone      |

QUEUED    | ada ask of visitor     | BAD_REQUEST   | QUEUED    |
OFFERED   | ada ask of visitor     | ok            | OFFERED   |
ACTIVE    | ada ask of visitor     | ok            | ACTIVE    |
CONCLUDED | ada ask of visitor     | ok            | CONCLUDED |
gone      | ada ask of visitor     | BAD_REQUEST   | gone      |

QUEUED    | ada note wrap-up       | BAD_REQUEST   | QUEUED    |
OFFERED   | ada note wrap-up       | CONFLICT      | OFFERED   |
ACTIVE    | ada note wrap-up       | ok            | ACTIVE    |
CONCLUDED | ada note wrap-up       | ok            | CONCLUDED |
gone      | ada note wrap-up       | BAD_REQUEST   | gone      |

QUEUED    | ada see                | BAD_REQUEST   | QUEUED    |
OFFERED   | ada see                | BAD_REQUEST   | OFFERED   |
ACTIVE    | ada see                | ok            | ACTIVE    |
CONCLUDED | ada see                | ok            | CONCLUDED |
gone      | ada see                | BAD_REQUEST   | gone      |

QUEUED    | bob ask of visitor     | BAD_REQUEST   | QUEUED    |
OFFERED   | bob ask of visitor     | BAD_REQUEST   | OFFERED   |
ACTIVE    | bob ask of visitor     | BAD_REQUEST   | ACTIVE    |
CONCLUDED | bob ask of visitor     | BAD_REQUEST   | CONCLUDED |
gone      | bob ask of visitor     | BAD_REQUEST   | gone      |

QUEUED    | bob note wrap-up       | BAD_REQUEST   | QUEUED    |
OFFERED   | bob note wrap-up       | BAD_REQUEST   | OFFERED   |
ACTIVE    | bob note wrap-up       | BAD_REQUEST   | ACTIVE    |
CONCLUDED | bob note wrap-up       | BAD_REQUEST   | CONCLUDED |
gone      | bob note wrap-up       | BAD_REQUEST   | gone      |

QUEUED    | bob see                | BAD_REQUEST   | QUEUED    |
OFFERED   | bob see                | BAD_REQUEST   | OFFERED   |
ACTIVE    | bob see                | BAD_REQUEST   | ACTIVE    |
CONCLUDED | bob see                | BAD_REQUEST   | CONCLUDED |
gone      | bob see                | BAD_REQUEST   | gone      |

QUEUED    | ann see                | BAD_REQUEST   | QUEUED    |
OFFERED   | ann see                | BAD_REQUEST   | OFFERED   |
ACTIVE    | ann see                | ok            | ACTIVE    |
CONCLUDED | ann see                | ok            | CONCLUDED |
gone      | ann see                | ok            | gone      |

QUEUED    | ann state facts        | ok            | QUEUED    |
OFFERED   | ann state facts        | ok            | OFFERED   |
ACTIVE    | ann state facts        | ok            | ACTIVE    |
CONCLUDED | ann state facts        | CONFLICT      | CONCLUDED |
gone      | ann state facts        | CONFLICT      | gone      |

QUEUED    | ann view a page        | ok            | QUEUED    |
OFFERED   | ann view a page        | ok            | OFFERED   |
ACTIVE    | ann view a page        | ok            | ACTIVE    |
CONCLUDED | ann view a page        | ok            | CONCLUDED |
gone      | ann view a page        | ok            | gone      |
`
