#include "bench/contest/contender.hpp"
#include "bench/contest/redis_server.hpp"
#include "bench/process_figures.hpp"
#include "tests/system/access_token.hpp"
#include "tests/system/deployment.hpp"

#include <stdexcept>

namespace frontrow::bench {

namespace {

const std::string folder = FRONTROW_SOURCE_DIR "/bench/baselines/node/";
constexpr std::chrono::seconds patience{30};
/// Eight for each of two processors; other sizes have not been tried.
constexpr int pool_size = 16;

std::string between(const std::string& column, std::int64_t from, std::int64_t to) {
  return column + " between " + std::to_string(from) + " and " + std::to_string(to);
}

class node_service : public contender {
public:
  explicit node_service(const node_terms& terms) : terms_(terms), redis_(terms.append_fsync) {
    const auto made = test::run_to_end(
        {{"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database_url_, "-f", folder + "schema.sql"},
         {}});
    if (made.exit_code != 0)
      throw std::runtime_error{"the baseline's schema: " + made.errors};
    const test::command_line line{{"node", folder + "server.js"},
                                  {{"PORT", std::to_string(port_)},
                                   {"NODE_ENV", "production"},
                                   {"DATABASE_URL", url()},
                                   {"REDIS_PORT", std::to_string(redis_.port())},
                                   {"JWT_SECRET", test::jwt_secret},
                                   {"POOL", std::to_string(pool_size)},
                                   {"WAY", terms.way},
                                   {"CHECKS", terms.checked == checks::same ? "checked" : "bare"}}};
    program_ = std::make_unique<test::child_process>(line, folder_.path() / "stderr.log");
    if (!program_->wait_for_line("ready", patience))
      throw std::runtime_error{"the Node.js service does not get ready:\n" +
                               test::tail_of(folder_.path() / "stderr.log", 30)};
  }

  checks checked() const override { return terms_.checked; }
  std::uint16_t port() const override { return port_; }
  std::vector<pid_t> serving() const override {
    return {postmaster_of(test::postgres_server::of_this_program()), program_->pid(), redis_.pid()};
  }
  std::vector<pid_t> programs() const override { return {program_->pid()}; }

  std::int64_t open_concert(const door& how) override {
    return std::stoll(query("insert into concert (rate_per_second, burst, max_active, capacity) values (" +
                            std::to_string(how.rate_per_second) + "," + std::to_string(how.burst) + "," +
                            std::to_string(how.max_active) + "," + std::to_string(how.capacity) +
                            ") returning concert_id"));
  }
  std::vector<std::int64_t> open_halls(std::int64_t concert, const hall_shape& shape) override {
    const auto rows = rows_of(
        query("with made as (insert into option (concert_id, hold_seconds, max_seats_per_user) select " +
              std::to_string(concert) + ", 3600, " + std::to_string(shape.max_seats_per_user) +
              " from generate_series(1, " + std::to_string(shape.halls) +
              ") returning option_id), seats as (insert into seat (option_id, seat_id, row_number, "
              "seat_number, price) "
              "select option_id, nth + 1, nth / " +
              std::to_string(shape.seats_per_row) + " + 1, nth % " + std::to_string(shape.seats_per_row) +
              " + 1, " + std::to_string(shape.price) + " from made, generate_series(0, " +
              std::to_string(shape.seats() - 1) + ") nth) select option_id from made order by 1"));
    // Statistics as autovacuum would have gathered them in the time between an opening and a sale.
    query("vacuum analyze seat");
    std::vector<std::int64_t> options;
    for (const auto& row : rows)
      options.push_back(std::stoll(row[0]));
    return options;
  }

  std::vector<hold_record> holds(std::int64_t option_from, std::int64_t option_to) override {
    const bool bare = terms_.checked == checks::none;
    const auto rows =
        rows_of(query(bare ? "select option_id, option_id || '-' || seat_id, user_id, seat_id from seat "
                             "where status = 1 and " +
                                 between("option_id", option_from, option_to)
                           : "select option_id, reservation_id, user_id, seats from reservation where " +
                                 between("option_id", option_from, option_to)));
    std::vector<hold_record> found;
    for (const auto& row : rows)
      found.push_back({std::stoll(row[0]), row[1], std::stoll(row[2]), numbers_of(row[3])});
    if (bare)
      return found;
    // A reservation without its seats would be worth nothing.
    std::size_t reserved = 0;
    for (const auto& each : found)
      reserved += each.seats.size();
    if (std::to_string(reserved) != query("select count(*) from seat where status > 0 and " +
                                          between("option_id", option_from, option_to)))
      throw std::runtime_error{"the seats taken are not those reserved"};
    return found;
  }
  std::vector<charge_record> charges(std::int64_t user_from, std::int64_t user_to) override {
    std::vector<charge_record> found;
    for (const auto& row : rows_of(query("select user_id, charge_id, amount, balance from charge where " +
                                         between("user_id", user_from, user_to))))
      found.push_back({std::stoll(row[0]), row[1], std::stoll(row[2]), std::stoll(row[3])});
    return found;
  }
  std::map<std::int64_t, std::int64_t> balances(std::int64_t user_from, std::int64_t user_to) override {
    std::map<std::int64_t, std::int64_t> found;
    for (const auto& row : rows_of(
             query("select user_id, balance from account where " + between("user_id", user_from, user_to))))
      found[std::stoll(row[0])] = std::stoll(row[1]);
    return found;
  }
  std::vector<payment_record> payments(std::int64_t user_from, std::int64_t user_to) override {
    std::vector<payment_record> found;
    for (const auto& row : rows_of(query("select reservation_id, user_id, amount from payment where " +
                                         between("user_id", user_from, user_to))))
      found.push_back({row[0], std::stoll(row[1]), std::stoll(row[2])});
    return found;
  }
  std::vector<std::int64_t> places(std::int64_t concert) override {
    const auto key = "q:" + std::to_string(concert);
    const auto lines = terms_.checked == checks::same ? redis_.ask({"hkeys", key + ":users"})
                                                      : redis_.ask({"zrange", key, "0", "-1"});
    std::vector<std::int64_t> found;
    for (const auto& each : lines)
      if (!each.empty())
        found.push_back(std::stoll(each));
    return found;
  }
  void prepare_best_available() override {
    query("create index if not exists seat_free on seat (option_id, seat_id) where status = 0");
  }

private:
  std::string query(const std::string& statement) {
    return test::postgres_server::of_this_program().query(database_url_, statement);
  }
  /// libpq's keywords as the URL that pg understands: a socket's folder as the host.
  std::string url() const {
    const auto& server = test::postgres_server::of_this_program();
    return "postgresql:///" + value("dbname") + "?host=" + server.socket_folder() + "&port=" + value("port") +
           "&user=" + value("user");
  }
  /// The last of several settings of a name counts.
  std::string value(const std::string& name) const {
    const auto at = database_url_.rfind(name + "=") + name.size() + 1;
    return database_url_.substr(at, database_url_.find(' ', at) - at);
  }

  node_terms terms_;
  test::temporary_folder folder_;
  std::string database_url_ = test::postgres_server::of_this_program().create_database();
  std::uint16_t port_ = test::free_port();
  redis_server redis_;
  std::unique_ptr<test::child_process> program_;
};

} // namespace

std::unique_ptr<contender> start_node_service(const node_terms& terms) {
  return std::make_unique<node_service>(terms);
}

} // namespace frontrow::bench
