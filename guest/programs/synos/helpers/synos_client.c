// SPDX-License-Identifier: GPL-2.0-only
/*
 * synos_client - show the state of the SynOS daemon, live
 *
 * All of it is read from /proc/synos, so no privileges are needed; those who
 * have them are shown the newest events as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PROC		"/proc/synos/"
#define EXIT_USAGE	2

static const char help[] =
	"Usage: synos_client [OPTION]...\n"
	"Show the state of the SynOS daemon, its counters and the newest events.\n"
	"\n"
	"  -i, --interval SECONDS  look again after so many, 0.1 to 3600; default 1\n"
	"  -e, --events NUMBER     show as many events at most, 0 to 1000; default 10\n"
	"  -1, --once              show it once and exit\n"
	"  -h, --help              show this and exit\n"
	"\n"
	"On a terminal, q, Ctrl-C and SIGTERM end it.  The events are shown only to\n"
	"those who may read them.\n";

/* What is shown, before it is. */
struct page {
	char *text;
	size_t len, size;
};

static void page_add(struct page *page, const char *text, size_t len)
{
	if (page->len + len + 1 > page->size) {
		page->size = 2 * (page->len + len + 1);
		page->text = realloc(page->text, page->size);
		if (!page->text) {
			perror("synos_client");
			exit(EXIT_FAILURE);
		}
	}
	memcpy(page->text + page->len, text, len);
	page->len += len;
	page->text[page->len] = '\0';
}

/* -1 with errno set if it cannot be read. */
static int page_add_file(struct page *page, const char *path)
{
	char buf[16384];
	ssize_t n;
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		page_add(page, buf, n);
	err = errno;
	close(fd);
	errno = err;
	return n < 0 ? -1 : 0;
}

/* Where the last @lines lines begin. */
static size_t last_lines(const struct page *page, unsigned int lines)
{
	size_t at = page->len;

	if (!lines)
		return at;
	while (at > 0) {
		/* The end of the line before is where this one begins. */
		if (at < page->len && page->text[at - 1] == '\n' && !--lines)
			break;
		at--;
	}
	return at;
}

static int compose(struct page *page, unsigned int max_events)
{
	struct page events = { 0 };

	page->len = 0;
	if (page_add_file(page, PROC "consciousness"))
		return -1;
	page_add(page, "\n", 1);
	if (page_add_file(page, PROC "telemetry"))
		return -1;

	if (max_events && !page_add_file(&events, PROC "events") && events.len) {
		size_t at = last_lines(&events, max_events);

		page_add(page, "\n", 1);
		page_add(page, events.text + at, events.len - at);
	}
	free(events.text);
	return 0;
}

static int write_all(const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(STDOUT_FILENO, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= n;
	}
	return 0;
}

static int write_string(const char *text)
{
	return write_all(text, strlen(text));
}

/* -- the terminal --------------------------------------------------------- */

/* Whether each of them is one. */
static int terminal, keyboard;
static struct termios before;

static void enter_terminal(void)
{
	struct termios raw;

	if (!terminal)
		return;
	/* The other screen, without a cursor. */
	write_string("\033[?1049h\033[?25l");
	if (!keyboard)
		return;
	raw = before;
	raw.c_lflag &= ~(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static void leave_terminal(void)
{
	if (!terminal)
		return;
	if (keyboard)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	write_string("\033[?25h\033[?1049l");
}

/* As much as there is room for; what is longer is cut, not wrapped. */
static int draw(const struct page *page)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	const char *at = page->text, *end;
	struct page screen = { 0 };
	int row, ret;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row ||
	    !size.ws_col) {
		size.ws_row = 24;
		size.ws_col = 80;
	}
	page_add(&screen, "\033[H", 3);
	for (row = 0; row < size.ws_row && *at; row++) {
		end = strchrnul(at, '\n');
		if (row)
			page_add(&screen, "\r\n", 2);
		page_add(&screen, at, end - at < size.ws_col ? end - at :
							       size.ws_col);
		page_add(&screen, "\033[K", 3);
		at = *end ? end + 1 : end;
	}
	page_add(&screen, "\033[J", 3);
	ret = write_all(screen.text, screen.len);
	free(screen.text);
	return ret;
}

/* -- the loop ------------------------------------------------------------- */

/*
 * Waits for @ms, or until there is reason to look again.  Returns 0 if it is
 * time to go.
 */
static int wait_for(int signals, int ms)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = keyboard ? STDIN_FILENO : -1, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	char key;

	if (poll(fds, 2, ms) <= 0)
		return 1;
	if (fds[1].revents) {
		ssize_t n = read(STDIN_FILENO, &key, 1);

		if (n == 1 && (key == 'q' || key == 'Q'))
			return 0;
		/* The terminal is gone. */
		if (fds[1].revents & POLLHUP || n < 0)
			return 0;
	}
	if (fds[0].revents && read(signals, &info, sizeof(info)) ==
			      (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGWINCH:
			break;
		case SIGTSTP:
			leave_terminal();
			raise(SIGSTOP);
			enter_terminal();
			break;
		default:
			return 0;
		}
	}
	return 1;
}

static int run(double interval, unsigned int max_events, int once)
{
	struct page page = { 0 };
	int signals, ret, first = 1;
	sigset_t set;

	/* From here on they are read, and nothing is ever cut short by one. */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0) {
		perror("synos_client: signalfd");
		return EXIT_FAILURE;
	}

	if (compose(&page, max_events)) {
		perror("synos_client: " PROC);
		return EXIT_FAILURE;
	}
	if (once)
		return write_all(page.text, page.len) ? EXIT_FAILURE :
							EXIT_SUCCESS;

	terminal = isatty(STDOUT_FILENO);
	keyboard = terminal && !tcgetattr(STDIN_FILENO, &before);
	enter_terminal();
	do {
		ret = compose(&page, max_events);
		if (ret)
			break;
		if (terminal)
			ret = draw(&page);
		else
			ret = (!first && write_string("\n")) ||
			      write_all(page.text, page.len);
		if (ret)
			break;
		first = 0;
	} while (wait_for(signals, interval * 1000));
	leave_terminal();
	if (ret)
		perror("synos_client");
	free(page.text);
	close(signals);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int usage(const char *what, const char *value)
{
	fprintf(stderr, "synos_client: %s: %s\n", what, value);
	fprintf(stderr, "Try 'synos_client --help'.\n");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "interval", required_argument, NULL, 'i' },
		{ "events", required_argument, NULL, 'e' },
		{ "once", no_argument, NULL, '1' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	unsigned long max_events = 10;
	double interval = 1;
	int option, once = 0;
	char *end;

	while ((option = getopt_long(argc, argv, "i:e:1h", options, NULL)) != -1) {
		switch (option) {
		case 'i':
			interval = strtod(optarg, &end);
			/* So written that what is not a number is not in range. */
			if (end == optarg || *end ||
			    !(interval >= 0.1 && interval <= 3600))
				return usage("not an interval", optarg);
			break;
		case 'e':
			max_events = strtoul(optarg, &end, 10);
			if (end == optarg || *end || max_events > 1000)
				return usage("not a number of events", optarg);
			break;
		case '1':
			once = 1;
			break;
		case 'h':
			return write_string(help) ? EXIT_FAILURE : EXIT_SUCCESS;
		default:
			fprintf(stderr, "Try 'synos_client --help'.\n");
			return EXIT_USAGE;
		}
	}
	if (optind < argc)
		return usage("not an option", argv[optind]);
	return run(interval, max_events, once);
}
