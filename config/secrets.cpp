#include "config/secrets.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <openssl/rand.h>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace frontrow::config {

namespace {

/// 256 bits: as long as the hash that signs with them.
constexpr std::size_t secret_bytes = 32;
/// A secret is a line; whoever points this at another file shall hear of it.
constexpr std::size_t file_bytes_max = 4'096;

class descriptor {
public:
  explicit descriptor(int number) : number_{number} {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }
  int get() const { return number_; }
  bool is_open() const { return number_ >= 0; }

private:
  int number_;
};

mistake failed(const std::filesystem::path& path, const char* doing) {
  return mistake{path.string() + ": cannot " + doing + ": " + std::strerror(errno)};
}

std::variant<std::string, mistake> read_secret(const std::filesystem::path& path, int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0)
    return failed(path, "look at the secret");
  if (!S_ISREG(status.st_mode))
    return mistake{path.string() + ": the secret is no regular file"};
  if ((status.st_mode & 077U) != 0)
    return mistake{path.string() +
                   ": others may read the secret; make it yours alone (chmod 600) or replace it"};
  std::array<char, file_bytes_max> buffer{};
  auto count = ::read(file, buffer.data(), buffer.size());
  if (count < 0)
    return failed(path, "read the secret");
  if (static_cast<std::size_t>(count) == buffer.size())
    return mistake{path.string() + ": the secret is longer than a secret is"};
  std::string_view text{buffer.data(), static_cast<std::size_t>(count)};
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.remove_suffix(1);
  if (text.empty())
    return mistake{path.string() + ": the secret is empty; remove the file to have one made"};
  return std::string{text};
}

std::variant<std::string, mistake> random_secret() {
  std::array<unsigned char, secret_bytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    return mistake{"OpenSSL has no random bytes for a secret"};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (auto byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::optional<mistake> write_all(const std::filesystem::path& path, int file, std::string_view text) {
  while (!text.empty()) {
    auto count = ::write(file, text.data(), text.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return failed(path, "write the secret");
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(file) != 0)
    return failed(path, "make the secret durable");
  return std::nullopt;
}

/// Writes beside, then gives it its name. `link` and not `rename`: it does not replace what another process
/// has made meanwhile, which then is the secret.
std::optional<mistake> make_secret(const std::filesystem::path& path) {
  auto secret = random_secret();
  if (auto problem = std::get_if<mistake>(&secret))
    return *problem;
  auto beside = path;
  beside += "." + std::to_string(::getpid()) + ".new";
  ::unlink(beside.c_str()); // left by a process of this number that was killed right here
  descriptor file{::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file.is_open())
    return failed(path, "create the secret");
  auto problem = write_all(path, file.get(), std::get<std::string>(secret) + "\n");
  if (!problem && ::link(beside.c_str(), path.c_str()) != 0 && errno != EEXIST)
    problem = failed(path, "name the secret");
  ::unlink(beside.c_str());
  descriptor folder{::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!problem && (!folder.is_open() || ::fsync(folder.get()) != 0))
    problem = failed(path, "make the secret durable");
  return problem;
}

} // namespace

std::variant<std::string, mistake> open_secret_file(const std::filesystem::path& path) {
  for (auto made = false;; made = true) {
    // O_NONBLOCK: a pipe of that name must not keep the start waiting.
    descriptor file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    if (file.is_open())
      return read_secret(path, file.get());
    if (errno != ENOENT || made)
      return failed(path, "open the secret");
    if (auto problem = make_secret(path))
      return *problem;
  }
}

std::variant<secrets, mistake> open_secrets(const settings& values) {
  auto folder = std::filesystem::absolute(values.data_dir);
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem)
    return mistake{folder.string() + ": cannot create the data folder: " + problem.message()};
  secrets result;
  auto admin = open_secret_file(folder / "admin-token");
  if (auto refused = std::get_if<mistake>(&admin))
    return *refused;
  result.admin_token = std::get<std::string>(admin);
  auto ticket = open_secret_file(folder / "ticket-key");
  if (auto refused = std::get_if<mistake>(&ticket))
    return *refused;
  result.ticket_key = std::get<std::string>(ticket);
  if (values.login.algorithm != "HS256")
    return result;
  result.jwt_secret = values.login.jwt_secret;
  if (!result.jwt_secret.empty())
    return result;
  auto login = open_secret_file(folder / "jwt-secret");
  if (auto refused = std::get_if<mistake>(&login))
    return *refused;
  result.jwt_secret = std::get<std::string>(login);
  return result;
}

} // namespace frontrow::config
