<?php
// The built-in server's stand-in for a web server: what is a file is served, robots.txt and sitemaps that are not there are
// not found, the rest is the wiki's.
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$root = $_SERVER['DOCUMENT_ROOT'];
if (preg_match('~^(/[A-Za-z0-9_/-]+\.php)(/.*)?$~', $path, $m) && is_file($root . $m[1])) {
	if ($m[1] === $path) {
		return false;
	}
	$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = $m[1];
	$_SERVER['SCRIPT_FILENAME'] = $root . $m[1];
	$_SERVER['PATH_INFO'] = $m[2];
	chdir($root);
	require $root . $m[1];
	return;
}
if ($path !== '/' && is_file($root . $path)) {
	return false;
}
if ($path !== '/') {
	http_response_code(404);
	header('Content-Type: text/plain');
	echo 'Not found';
	return;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = $root . '/index.php';
chdir($root);
require $root . '/index.php';
