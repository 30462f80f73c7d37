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

QUEUED    | ann request engagement | ok            | QUEUED    |
OFFERED   | ann request engagement | ok            | OFFERED   |
ACTIVE    | ann request engagement | ok            | ACTIVE    |
CONCLUDED | ann request engagement | ACCESS_DENIED | CONCLUDED |
gone      | ann request engagement | ACCESS_DENIED | gone      |

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
`
