#include "persistence/append_answer.hpp"

#include <libpq-fe.h>
#include <memory>

namespace frontrow::persistence::detail {

namespace {
using result_ptr = std::unique_ptr<PGresult, decltype(&PQclear)>;
} // namespace

bool append_answer::take_what_came(handled_connection::native_handle from) {
  if (PQconsumeInput(from) == 0)
    return true;
  while (!is_whole_ && PQisBusy(from) == 0) {
    const result_ptr part{PQgetResult(from), &PQclear};
    if (part)
      take(*part);
    else
      is_whole_ = true;
  }
  return is_whole_;
}

void append_answer::take_all(handled_connection::native_handle from) {
  while (!is_whole_) {
    const result_ptr part{PQgetResult(from), &PQclear};
    if (part)
      take(*part);
    else
      is_whole_ = true;
  }
}

void append_answer::take(const pg_result& part) {
  const auto shards = std::to_string(shards_);
  switch (PQresultStatus(&part)) {
  case PGRES_COMMAND_OK: // append_one
    told_ = shards == PQcmdTuples(const_cast<pg_result*>(&part)) ? append_end::written : append_end::fenced;
    return;
  case PGRES_TUPLES_OK: // the others count the shards
    told_ = shards == PQgetvalue(&part, 0, 0) ? append_end::written : append_end::fenced;
    return;
  default:
    const char* state = PQresultErrorField(&part, PG_DIAG_SQLSTATE);
    refused_ = refusal{PQresultErrorMessage(&part), state == nullptr ? "" : state};
  }
}

append_end append_answer::end() const {
  if (refused_)
    throw pqxx::sql_error{refused_->message, {}, refused_->sqlstate.c_str()};
  if (!is_whole_ || !told_)
    throw pqxx::broken_connection{"the connection was lost while a statement was under way"};
  return *told_;
}

} // namespace frontrow::persistence::detail
