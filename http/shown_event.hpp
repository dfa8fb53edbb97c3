#pragma once

#include "persistence/journal_rows.hpp"

#include <string>

namespace frontrow::http {

/// An event as operators see it: {"version","at","epoch","traceId","type","data"}, the data without the half of a
/// queue token that must not be known: whoever reads it could shop in another's name.
std::string shown_event(const persistence::stored_event& event);

} // namespace frontrow::http
